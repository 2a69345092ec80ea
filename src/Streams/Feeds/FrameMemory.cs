using Malten.Streams.Events;
using Malten.Streams.Limits;

namespace Malten.Streams.Feeds;

/// <summary>The memory of frames that somebody keeps beside the feeds of a node.</summary>
public static class FrameMemory
{
    /// <summary>
    /// Counts a frame that is kept, until <see cref="Uncount"/>: where a feed of the node holds it, or somebody else keeps it, it takes
    /// no more.
    /// </summary>
    public static void Count(this Capacity node, Frame kept)
    {
        if (kept.Count(node.Whole)) node.ChangeBytes(Feed.Cost(kept));
    }

    /// <summary>Counts a frame no longer, before it is let go of.</summary>
    public static void Uncount(this Capacity node, Frame kept)
    {
        if (kept.Uncount(node.Whole)) node.ChangeBytes(-Feed.Cost(kept));
    }
}
