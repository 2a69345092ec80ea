namespace Malten.Streams.Values;

/// <summary>
/// Whoever sends requests from one network address, as a keyed hash of it: what is counted for a client is counted under
/// this. The key of the hash is random and lives as long as the process, so the address can't be found from it. Requests that
/// come from no address, such as those of a grain, have the default value.
/// </summary>
/// <param name="Hash">64 bits of the hash.</param>
/// <param name="Network">The same of the network around the address: an IPv4 /24 or an IPv6 /48.</param>
public readonly record struct ClientKey(ulong Hash, ulong Network = 0)
{
    /// <inheritdoc/>
    public override string ToString() => "(client)"; // nothing that tells clients apart may reach a log by interpolation
}
