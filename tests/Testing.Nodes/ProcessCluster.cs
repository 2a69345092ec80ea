namespace Malten.Testing.Nodes;

/// <summary>Some nodes that know each other as seeds.</summary>
public sealed class ProcessCluster : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private readonly IReadOnlyList<Node> _seeds;
    private readonly string _addresses;

    private ProcessCluster(IReadOnlyList<Node> seeds, string addresses) => (Nodes, _seeds, _addresses) = (seeds, seeds, addresses);

    /// <summary>All of them; another list when one is added.</summary>
    public IReadOnlyList<Node> Nodes { get; private set; }

    /// <summary>Nodes on this host, at free ports of loopback.</summary>
    public static ProcessCluster OnLoopback(int count)
    {
        var ports = Ports(count);
        var seeds = string.Join(',', ports.Select(port => $"127.0.0.1:{port.Silo}"));
        var nodes = ports.Select((port, index) => new Node(index, "127.0.0.1", port.Silo, port.Http, seeds, null));
        return new ProcessCluster([.. nodes], seeds);
    }

    /// <summary>Nodes on hosts of their own.</summary>
    public static ProcessCluster On(TestNetwork network)
    {
        var seeds = string.Join(',', network.Hosts.Select(host => $"{host.Address}:11111"));
        var nodes = network.Hosts.Select((host, index) => new Node(index, host.Address, 11111, 9090, seeds, host.Name));
        return new ProcessCluster([.. nodes], seeds);
    }

    /// <summary>Starts one more node on loopback, which is no seed, and returns when it serves.</summary>
    public async Task<Node> AddAsync(HttpClient http, params string[] more)
    {
        var (silo, port) = Ports(1)[0];
        var node = new Node(Nodes.Count, "127.0.0.1", silo, port, _addresses, null, more);
        Nodes = [.. Nodes, node]; // whoever goes through the nodes now goes on with those
        node.Start();
        await node.WaitUntilReadyAsync(http, Patience);
        return node;
    }

    /// <summary>Starts the seeds that do not run, stops the nodes that were added, and returns when all seeds serve.</summary>
    public async Task StartAsync(HttpClient http)
    {
        var added = Nodes.Except(_seeds).ToList();
        await Task.WhenAll(added.Where(node => node.IsRunning).Select(node => node.StopAsync()));
        foreach (var node in added) node.Dispose();
        Nodes = _seeds;
        foreach (var node in _seeds.Where(node => !node.IsRunning)) node.Start();
        foreach (var node in _seeds) await node.WaitUntilReadyAsync(http, Patience);
    }

    public void Dispose()
    {
        foreach (var node in Nodes) node.Dispose();
    }

    /// <summary>Each silo takes three ports in a row, and HTTP another.</summary>
    private static List<(int Silo, int Http)> Ports(int count) =>
        [.. FreePorts.Find(count, 4).Select(port => (port, port + 3))];
}
