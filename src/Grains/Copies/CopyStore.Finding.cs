using Malten.Streams.Values;

namespace Malten.Grains.Copies;

/// <content>What an activation asks before it goes on with a stream, and the fence that its question leaves.</content>
internal sealed partial class CopyStore
{
    /// <summary>The highest epoch with which an activation of the stream has asked here lately; 0 for none.</summary>
    public long FenceOf(string stream) => _entries.TryGetValue(stream, out var entry) ? entry.Fence : 0;

    /// <summary>
    /// The copy of a stream, for an activation that would be number <paramref name="epoch"/>. If that is greater than any
    /// heard of, nothing is taken any more from activations before it.
    /// </summary>
    public FoundCopy Find(string stream, long epoch) => On(stream, entry =>
    {
        var before = Math.Max(entry.Fence, entry.Writer?.Epoch ?? 0);
        if (epoch > before)
        {
            entry.Fence = epoch;
            if (entry.Sender?.Epoch < epoch) entry.Abandon();
            entry.FencedUntil = Deadline.In(FenceTime, _hostTime);
            _fences.Enqueue((entry, entry.FencedUntil));
        }

        var whole = entry.Capture();
        // The view is looked at after the fence was raised: what this silo moves by a later one is too late to count.
        return new FoundCopy(before, whole?.PieceAfter(Timestamp.None), whole?.Stream.Newest ?? Timestamp.None,
            whole?.Stream.Messages.Count ?? 0, whole is null ? entry.Claims : [], _cluster.Version, _cluster.View.Id);
    });

    /// <summary>
    /// The piece of a copy that follows a message, for the activation that has found it with that epoch; null when the copy
    /// is gone, or a later activation has asked for it.
    /// </summary>
    public StreamCopy? Read(string stream, long epoch, Timestamp after) =>
        On(stream, entry => entry.Fence == epoch ? entry.Capture()?.PieceAfter(after) : null);
}
