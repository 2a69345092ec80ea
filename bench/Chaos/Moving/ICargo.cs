namespace Malten.Bench.Chaos.Moving;

/// <summary>What the nodes hold while one of them is ended and started again.</summary>
internal interface ICargo
{
    /// <summary>What the nodes need for it beside their defaults, as on the command line.</summary>
    IReadOnlyList<string> Settings { get; }

    /// <summary>Has the nodes hold it, and returns how much that is, in words.</summary>
    Task<string> LoadAsync(Members members, MetricsCollector metrics);

    /// <summary>Reads all of it, and returns what was found, in words.</summary>
    /// <exception cref="InvalidDataException">Something was lost that must not be, or is there more than once.</exception>
    Task<string> CheckAsync();
}
