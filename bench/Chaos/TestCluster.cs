namespace Malten.Bench.Chaos;

/// <summary>Nodes that have each other as seeds.</summary>
public sealed class TestCluster : IDisposable
{
    private List<Node> _nodes;
    private readonly string _seeds;

    private TestCluster(List<Node> nodes, string seeds) => (_nodes, _seeds) = (nodes, seeds);

    public IReadOnlyList<Node> Nodes => _nodes;

    /// <summary>Creates nodes on free loopback ports.</summary>
    public static TestCluster OnLoopback(int count)
    {
        var ports = Ports(count);
        var seeds = string.Join(',', ports.Select(port => $"127.0.0.1:{port.Silo}"));
        return new TestCluster([.. ports.Select((port, index) => new Node(index, "127.0.0.1", port.Silo, port.Http, seeds, null))], seeds);
    }

    /// <summary>Creates one node on each host.</summary>
    public static TestCluster On(TestNetwork network)
    {
        var seeds = string.Join(',', network.Hosts.Select(host => $"{host.Address}:11111"));
        return new TestCluster([.. network.Hosts.Select((host, index) => new Node(index, host.Address, 11111, 9090, seeds, host.Name))], seeds);
    }

    /// <summary>Starts one more node on loopback, which is not a seed, and returns when it serves.</summary>
    public async Task<Node> AddAsync(HttpClient http, params string[] more)
    {
        var (silo, port) = Ports(1)[0];
        var node = new Node(_nodes.Count, "127.0.0.1", silo, port, _seeds, null, more);
        _nodes = [.. _nodes, node]; // a new array, so that a loop over the nodes can finish with the old one
        node.Start();
        await node.WaitUntilReadyAsync(http, TimeSpan.FromSeconds(90));
        return node;
    }

    public async Task StartAsync(HttpClient http)
    {
        foreach (var node in Nodes) node.Start();
        foreach (var node in Nodes) await node.WaitUntilReadyAsync(http, TimeSpan.FromSeconds(90));
    }

    public void Dispose()
    {
        foreach (var node in Nodes) node.Dispose();
    }

    /// <summary>Each silo takes three consecutive ports, and another for HTTP.</summary>
    private static List<(int Silo, int Http)> Ports(int count) =>
        [.. FreePorts.Find(count, 4).Select(port => (port, port + 3))];
}
