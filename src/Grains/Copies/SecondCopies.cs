using Malten.Grains.Members;
using Malten.Streams.Values;

namespace Malten.Grains.Copies;

/// <summary>Makes the <see cref="SecondCopy"/> of each stream that lives on this silo.</summary>
internal sealed class SecondCopies(
    ClusterView view, CopyClient silos, CopyPlacement placement, CopyRecovery recovery, TimeProvider time)
{
    /// <summary>The second copy of a stream; nothing is known of it yet.</summary>
    public SecondCopy Of(StreamName name) => new(name, view, silos, placement, recovery, time);
}
