using System.Net;
using System.Net.Sockets;

namespace Malten.Silo.Clustering;

/// <summary>Resolves host names that may not exist yet: containers get theirs a moment after they start.</summary>
internal static class HostNames
{
    /// <summary>How often a name is looked up, once a second, before a node goes on without it.</summary>
    public const int Attempts = 20;

    /// <summary>The pause between two attempts.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>The addresses of a host; none while its name cannot be resolved.</summary>
    public static async Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken)
    {
        try
        {
            return await Dns.GetHostAddressesAsync(host, cancellationToken);
        }
        catch (SocketException)
        {
            return [];
        }
    }
}
