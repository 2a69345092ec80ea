namespace Malten.Streams;

/// <summary>What a frame is to the feed that carries it.</summary>
public enum FrameKind : byte
{
    /// <summary>A message: has a place among the 1024 and moves a reader's cursor.</summary>
    Message,

    /// <summary>An event for those who listen when it happens; who misses it is told of a gap.</summary>
    Event,

    /// <summary>An event that a later one of its sort makes worthless: presence.</summary>
    Passing,

    /// <summary>The event with which a stream ends: what was held before it is gone.</summary>
    End,
}
