namespace Malten.Bench.Load.Engine;

/// <summary>Decides when a publisher posts its next message.</summary>
internal interface IPace
{
    /// <summary>Whether an idle publisher posts now, and the time at which the post was due.</summary>
    /// <param name="publisher">The number of the publisher.</param>
    /// <param name="sequence">How many messages it has posted.</param>
    /// <param name="posted">How many messages all publishers have posted.</param>
    /// <param name="now">The current time in nanoseconds.</param>
    /// <param name="intended">The time from which the message's latency counts.</param>
    bool MayPost(int publisher, long sequence, long posted, long now, out long intended);

    /// <summary>How long an idle publisher that may not post yet should wait before it asks again.</summary>
    long Wait(int publisher, long sequence, long now);
}
