namespace Malten.Bench.Load.Scenarios;

/// <summary>What one measurement does.</summary>
internal sealed record LoadPlan
{
    public int Listeners { get; init; } = 100;

    public int Publishers { get; init; } = 16;

    /// <summary>Whether each message goes to a stream of its own, which begins with it.</summary>
    public bool BeginsStreams { get; init; }

    /// <summary>Posts a second of all publishers together in an open loop; null: a closed loop.</summary>
    public double? Rate { get; init; }

    /// <summary>How far the slowest listener of a closed loop may be behind, in messages.</summary>
    public long Window { get; init; } = 512;

    /// <summary>Characters of a message's text.</summary>
    public int Size { get; init; } = 100;

    /// <summary>Threads that read listeners.</summary>
    public int Readers { get; init; } = 1;

    /// <summary>Whether publishers have a thread of their own or share the first reader's.</summary>
    public bool SeparatePublishers { get; init; } = true;

    public TimeSpan WarmUp { get; init; } = TimeSpan.FromSeconds(1);

    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Where it is not 0, measuring ends when so many posts are answered, however long that takes.</summary>
    public long Posts { get; init; }
}
