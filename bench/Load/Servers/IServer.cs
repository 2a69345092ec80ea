namespace Malten.Bench.Load.Servers;

/// <summary>The target of the load: one server, or several nodes that act as one.</summary>
internal interface IServer
{
    string Name { get; }

    IDialect Dialect { get; }

    /// <summary>Its endpoints; connections are spread over all of them.</summary>
    IReadOnlyList<int> Ports { get; }

    /// <summary>Its processor time and memory.</summary>
    ProcessUsage Usage { get; }
}
