namespace Malten.Bench.Load.Servers;

/// <summary>What is driven: one server, or several nodes that are one to whoever asks.</summary>
internal interface IServer
{
    string Name { get; }

    IDialect Dialect { get; }

    /// <summary>Where it is reached; connections are spread over all of them.</summary>
    IReadOnlyList<int> Ports { get; }

    /// <summary>What it uses.</summary>
    ProcessUsage Usage { get; }
}
