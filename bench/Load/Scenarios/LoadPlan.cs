namespace Malten.Bench.Load.Scenarios;

/// <summary>The load of one measurement.</summary>
internal sealed record LoadPlan
{
    public int Listeners { get; init; } = 100;

    /// <summary>Listeners on slow links, beside the others.</summary>
    public int SlowListeners { get; init; }

    /// <summary>The stream; null for a new one of a random name.</summary>
    public string? Stream { get; init; }

    public int Publishers { get; init; } = 16;

    /// <summary>Whether each message begins a stream of its own.</summary>
    public bool BeginsStreams { get; init; }

    /// <summary>Posts a second by all publishers together in an open loop; null for a closed loop.</summary>
    public double? Rate { get; init; }

    /// <summary>How many messages the slowest listener of a closed loop may lag.</summary>
    public long Window { get; init; } = 512;

    /// <summary>Characters of a message's text.</summary>
    public int Size { get; init; } = 100;

    /// <summary>Threads that read listeners.</summary>
    public int Readers { get; init; } = 1;

    /// <summary>Whether publishers have a thread of their own or share the first reader's.</summary>
    public bool SeparatePublishers { get; init; } = true;

    public TimeSpan WarmUp { get; init; } = TimeSpan.FromSeconds(1);

    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>When not 0, the measurement ends after this many answered posts, however long that takes.</summary>
    public long Posts { get; init; }
}
