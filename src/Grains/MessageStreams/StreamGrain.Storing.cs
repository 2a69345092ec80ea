using Malten.Streams.Events;

namespace Malten.Grains.MessageStreams;

/// <content>Storing: what has its place in the order is seen and acknowledged when a second silo holds it.</content>
internal sealed partial class StreamGrain
{
    private StagedBatch _staged = new();
    private StagedBatch? _storing;
    private Task _storingLoop = Task.CompletedTask;

    /// <summary>
    /// Gives a draft its place, and the batch to wait for before it is acknowledged: a new one, the one in which it came
    /// the first time, or none when that is long held.
    /// </summary>
    private (Frame Frame, StagedBatch? Batch, bool IsNew) Stage(Draft draft)
    {
        var stream = Stream;
        stream.Check(draft.Address.Seat);
        if (!draft.IsNew)
            foreach (var batch in new[] { _storing, _staged })
                if (batch?.Find(draft.Id) is { } crossing)
                    return (crossing, batch, false);
        if (!stream.TryStage(draft, out var frame)) return (frame, null, false);
        _staged.Add(frame);
        return (frame, _staged, true);
    }

    private Task StoreAsync()
    {
        _staged.MakeDue();
        return StoreAsync(_staged);
    }

    /// <summary>Returns when a second silo, if there is one, holds the batch. What is staged meanwhile goes in the next.</summary>
    private Task StoreAsync(StagedBatch batch)
    {
        StayWhileInUse();
        if (_storingLoop.IsCompleted) _storingLoop = StoreStagedAsync();
        return batch.Stored;
    }

    private async Task StoreStagedAsync()
    {
        while (_staged.IsDue)
        {
            (_storing, _staged) = (_staged, new StagedBatch());
            try
            {
                await _copy.StoreAsync(_stream, _storing.Frames, _claims.Open);
            }
            catch (OrleansException buried)
            {
                _storing.Fail(buried);
                _storing = null;
                continue;
            }

            foreach (var frame in _storing.Frames) _stream.Commit(frame);
            _subscribers.Push(_stream);
            _storing.Complete();
            _storing = null;
        }
    }
}
