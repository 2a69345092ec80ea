namespace Malten.Bench.Load.Engine;

/// <summary>Says when a publisher posts its next message.</summary>
internal interface IPace
{
    /// <summary>Whether a publisher that is idle posts now, and when it should have.</summary>
    /// <param name="publisher">Its number.</param>
    /// <param name="sequence">How many it has posted.</param>
    /// <param name="posted">How many all have posted.</param>
    /// <param name="now">The time.</param>
    /// <param name="intended">The time from which the message's latency counts.</param>
    bool MayPost(int publisher, long sequence, long posted, long now, out long intended);

    /// <summary>How long an idle publisher that may not post yet should wait before it asks again.</summary>
    long Wait(int publisher, long sequence, long now);
}
