using System.Net;

namespace Malten.Membership;

/// <summary>The addresses of a host now, as <see cref="Dns.GetHostAddressesAsync(string, CancellationToken)"/>.</summary>
internal delegate Task<IPAddress[]> Resolve(string host, CancellationToken cancel);
