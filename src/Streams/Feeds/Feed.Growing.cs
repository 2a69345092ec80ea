using Malten.Streams.Events;

namespace Malten.Streams.Feeds;

/// <content>
/// Answers that are being written. Of each, the newest state alone is held, and no longer than a reader has yet to read it:
/// nothing of it is left once the answer is there.
/// </content>
public sealed partial class Feed
{
    // More answers than a stream is given at a time by default. Beyond it, the oldest state is dropped; the next one comes soon.
    private const int GrowingHeld = 8;

    private List<GrowingFrame>? _growing; // by ordinal; null most of the time
    private long _nextGrowth;

    private void Grow(Frame frame)
    {
        if (_growing?.Count == GrowingHeld) RemoveGrowing(0);
        if (!_capacity.TryAddBytesForListeners(Cost(frame))) return;
        (_growing ??= []).Add(new GrowingFrame(frame.Keep(), _nextGrowth++));
        WakeReaders();
    }

    private void EndGrowth(Guid command)
    {
        if (_growing?.FindIndex(growing => growing.Frame.Id == command) is >= 0 and var index) RemoveGrowing(index);
    }

    private void EndGrowthAnsweredBy(Frame message)
    {
        if (_growing?.FindIndex(growing => message.Answers(growing.Frame.Id)) is >= 0 and var index) RemoveGrowing(index);
    }

    private void EndAllGrowth()
    {
        while (_growing is not null) RemoveGrowing(_growing.Count - 1);
    }

    private void RemoveGrowing(int index)
    {
        var frame = _growing![index].Frame;
        _capacity.ChangeBytes(-Cost(frame));
        LetGo(frame);
        _growing.RemoveAt(index);
        if (_growing.Count == 0) _growing = null;
    }

    private bool HasGrowthFor(FeedCursor cursor) => _growing?[^1].Ordinal >= cursor.NextGrowth;

    /// <summary>Copies the states that the cursor has not read into the batch, after all that came before.</summary>
    private int TakeGrowing(FeedCursor cursor, Span<Frame> batch)
    {
        var taken = 0;
        foreach (var (frame, ordinal) in _growing!)
        {
            if (ordinal < cursor.NextGrowth) continue;
            if (taken == batch.Length) break;
            batch[taken++] = frame;
            cursor.NextGrowth = ordinal + 1;
        }

        return taken;
    }

    /// <summary>An answer as far as it has been written, and the place of that state in the order of all.</summary>
    private readonly record struct GrowingFrame(Frame Frame, long Ordinal);
}
