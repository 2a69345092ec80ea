using System.Net;
using System.Net.Sockets;
using Malten.Membership.Seeds;
using Malten.Silo.Settings;
using Microsoft.Extensions.Options;

namespace Malten.Silo.Clustering;

/// <summary>
/// The address under which other nodes reach this one. Orleans needs it as soon as it makes its services, so
/// <see cref="FindAsync"/> must have returned before the host starts.
/// </summary>
internal sealed partial class OwnAddress(IOptions<MaltenClusterOptions> options, TimeProvider time, ILogger<OwnAddress> logger)
{
    private IPAddress? _found;

    /// <summary>The address.</summary>
    public IPAddress Value => _found ?? throw new InvalidOperationException("The node's own address was not looked for yet.");

    /// <summary>
    /// Resolves the address that was set; otherwise asks the routing table from which address packets to the seeds would
    /// leave. Looks names up once a second for 20 s if they cannot be resolved; then a node without a set address takes
    /// the loopback address.
    /// </summary>
    /// <exception cref="InvalidOperationException">The name that was set cannot be resolved.</exception>
    public async Task FindAsync(CancellationToken cancellationToken)
    {
        var advertise = options.Value.Advertise;
        var seeds = options.Value.ParseSeeds()?.Addresses ?? [];
        _found = advertise.Length > 0
            ? await TryAsync(() => FirstAsync(advertise, cancellationToken), advertise, cancellationToken)
                ?? throw new InvalidOperationException($"{MaltenClusterOptions.Section}:Advertise: '{advertise}' cannot be resolved.")
            : seeds.IsEmpty ? IPAddress.Loopback
            : await TryAsync(() => TowardsAsync(seeds, cancellationToken), string.Join(", ", seeds), cancellationToken)
                ?? IPAddress.Loopback;
    }

    private async Task<IPAddress?> TryAsync(Func<Task<IPAddress?>> find, string hosts, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            if (await find() is { } address) return address;
            if (attempt == HostNames.Attempts) return null;
            if (attempt == 1) LogWaiting(logger, hosts);
            await Task.Delay(HostNames.Pause, time, cancellationToken);
        }
    }

    private static async Task<IPAddress?> FirstAsync(string host, CancellationToken cancellationToken) =>
        (await HostNames.ResolveAsync(host, cancellationToken)).FirstOrDefault();

    /// <summary>
    /// The address of this host on the way to a seed. Loopback, to which a host may resolve its own name, only if the way
    /// to every seed leads there.
    /// </summary>
    private static async Task<IPAddress?> TowardsAsync(IEnumerable<SeedAddress> seeds, CancellationToken cancellationToken)
    {
        var found = new List<IPAddress>();
        foreach (var seed in seeds)
            if (await TowardsAsync(seed, cancellationToken) is { } address)
                found.Add(address);
        return found.Find(address => !IPAddress.IsLoopback(address)) ?? found.FirstOrDefault();
    }

    private static async Task<IPAddress?> TowardsAsync(SeedAddress seed, CancellationToken cancellationToken)
    {
        var addresses = await HostNames.ResolveAsync(seed.Host, cancellationToken);
        if (addresses.MinBy(one => one.AddressFamily == AddressFamily.InterNetworkV6) is not { } address) return null;
        try
        {
            using var socket = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            socket.Connect(address, seed.Port); // sends nothing: a datagram socket only asks the routing table
            return ((IPEndPoint)socket.LocalEndPoint!).Address;
        }
        catch (SocketException)
        {
            return null; // there is no route to it
        }
    }

    [LoggerMessage(LogLevel.Information, "Finding this node's own address: waiting until {Hosts} can be resolved and reached.")]
    private static partial void LogWaiting(ILogger logger, string hosts);
}
