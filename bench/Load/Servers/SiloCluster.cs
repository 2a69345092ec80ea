using Malten.Testing.Nodes;

namespace Malten.Bench.Load.Servers;

/// <summary>Silos on loopback, each in its own process, that act as one server.</summary>
internal sealed class SiloCluster : IServer, IDisposable
{
    // A silo serves once a majority of the seeds has accepted it.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _program;
    private readonly string _seeds;
    private readonly bool _isLifted;
    private readonly List<ServerProcess> _nodes = [];

    private SiloCluster(string name, string program, string seeds, bool isLifted) =>
        (Name, _program, _seeds, _isLifted) = (name, program, seeds, isLifted);

    public string Name { get; }

    public IDialect Dialect { get; } = new MaltenDialect();

    public IReadOnlyList<int> Ports => [.. _nodes.Select(node => node.Ports[0])];

    public ProcessUsage Usage => new(_nodes.Select(node => node.Usage));

    /// <summary>The processes.</summary>
    public IReadOnlyList<int> Processes => [.. _nodes.Select(node => node.Id)];

    /// <summary>Starts a cluster of one silo, without seeds.</summary>
    public static SiloCluster StartOne(string program) => Start("1 silo", program, "", FindPorts(1));

    /// <summary>Starts silos that are all seeds, with raised limits or the default ones.</summary>
    public static SiloCluster Start(string program, int count, bool isLifted = true)
    {
        var ports = FindPorts(count);
        return Start($"{count} silos", program, string.Join(',', ports.Select(port => $"127.0.0.1:{port}")), ports, isLifted);
    }

    /// <summary>Starts one silo as the only seed. It holds the streams that begin now, also when others join.</summary>
    public static SiloCluster StartFirst(string program)
    {
        var port = FindPorts(1)[0];
        return Start("silos", program, $"127.0.0.1:{port}", [port]);
    }

    /// <summary>Starts more silos, which are not seeds, and returns when they serve.</summary>
    public void Join(int count) => Launch(FindPorts(count));

    public void Dispose()
    {
        foreach (var node in _nodes) node.Dispose();
    }

    private static SiloCluster Start(string name, string program, string seeds, IReadOnlyList<int> ports, bool isLifted = true)
    {
        var cluster = new SiloCluster(name, program, seeds, isLifted);
        cluster.Launch(ports);
        return cluster;
    }

    private void Launch(IReadOnlyList<int> ports)
    {
        var nodes = ports.Select(port => DotnetServer.LaunchSilo(_program, port, _seeds, _isLifted)).ToList();
        _nodes.AddRange(nodes);
        nodes.ForEach(node => node.WaitUntilItAccepts(Patience));
    }

    /// <summary>Each silo takes three consecutive ports.</summary>
    private static List<int> FindPorts(int count) => FreePorts.Find(count, 3);
}
