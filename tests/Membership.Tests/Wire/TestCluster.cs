using System.Net;
using Malten.Membership.Registers;
using Malten.Membership.Seeds;
using Malten.Membership.Wire;
using Malten.Testing.Nodes;

namespace Malten.Membership.Tests.Wire;

/// <summary>The seeds of one cluster, in this process on loopback. Each can be stopped and started again.</summary>
internal sealed class TestCluster : IAsyncDisposable
{
    private readonly RegisterNode?[] _nodes;

    public TestCluster(int seeds)
    {
        Seeds = SeedList.Parse(FreePorts.Find(seeds, 1).Select(port => $"127.0.0.1:{port}"));
        _nodes = new RegisterNode?[seeds];
    }

    public SeedList Seeds { get; }

    public WireOptions Wire { get; init; } = new() { Secret = "a secret of more than sixteen bytes"u8.ToArray() };

    /// <summary>Calls wait for longer than any pause of this machine.</summary>
    public RegisterOptions Register { get; init; } = new() { Timeout = TimeSpan.FromSeconds(60) };

    public SeedOptions Seed { get; init; } = new()
    {
        RecoveryInterval = TimeSpan.FromMilliseconds(20),
        WatchInterval = TimeSpan.FromMilliseconds(100),
    };

    public RegisterNode this[int seed] =>
        _nodes[seed] ?? throw new InvalidOperationException("The seed is not running.");

    public RegisterNodeOptions Options(int? seed = null) => new()
    {
        Seeds = Seeds,
        Self = seed is { } self ? Seeds.Addresses[self] : null,
        Listen = seed is { } own ? new IPEndPoint(IPAddress.Loopback, Seeds.Addresses[own].Port) : null,
        Register = Register,
        Seed = Seed,
        Wire = Wire,
    };

    public RegisterNode Start(int seed) => _nodes[seed] = new RegisterNode(Options(seed));

    public TestCluster StartAll()
    {
        for (var seed = 0; seed < _nodes.Length; seed++) Start(seed);
        return this;
    }

    public RegisterNode Client(WireOptions? wire = null) =>
        new(Options() with { Wire = wire ?? Wire });

    public async Task StopAsync(int seed)
    {
        await this[seed].DisposeAsync();
        _nodes[seed] = null;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            if (node is not null) await node.DisposeAsync();
        }
    }
}
