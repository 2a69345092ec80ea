namespace Malten.Testing.Nodes;

/// <summary>Some nodes that know each other as seeds.</summary>
public sealed class ProcessCluster : IDisposable
{
    private List<Node> _nodes;
    private readonly string _seeds;

    private ProcessCluster(List<Node> nodes, string seeds) => (_nodes, _seeds) = (nodes, seeds);

    public IReadOnlyList<Node> Nodes => _nodes;

    /// <summary>Nodes on this host, at free ports of loopback.</summary>
    public static ProcessCluster OnLoopback(int count)
    {
        var ports = Ports(count);
        var seeds = string.Join(',', ports.Select(port => $"127.0.0.1:{port.Silo}"));
        return new ProcessCluster([.. ports.Select((port, index) => new Node(index, "127.0.0.1", port.Silo, port.Http, seeds, null))], seeds);
    }

    /// <summary>Nodes on hosts of their own.</summary>
    public static ProcessCluster On(TestNetwork network)
    {
        var seeds = string.Join(',', network.Hosts.Select(host => $"{host.Address}:11111"));
        return new ProcessCluster([.. network.Hosts.Select((host, index) => new Node(index, host.Address, 11111, 9090, seeds, host.Name))], seeds);
    }

    /// <summary>Starts one more node on loopback, which is no seed, and returns when it serves.</summary>
    public async Task<Node> AddAsync(HttpClient http, params string[] more)
    {
        var (silo, port) = Ports(1)[0];
        var node = new Node(_nodes.Count, "127.0.0.1", silo, port, _seeds, null, more);
        _nodes = [.. _nodes, node]; // whoever goes through the nodes now goes on with those
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

    /// <summary>Each silo takes three ports in a row, and HTTP another.</summary>
    private static List<(int Silo, int Http)> Ports(int count) =>
        [.. FreePorts.Find(count, 4).Select(port => (port, port + 3))];
}
