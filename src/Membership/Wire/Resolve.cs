using System.Net;

namespace Malten.Membership.Wire;

/// <summary>
/// Resolves a host name, as <see cref="Dns.GetHostAddressesAsync(string, CancellationToken)"/> does.
/// </summary>
internal delegate Task<IPAddress[]> Resolve(string host, CancellationToken cancel);
