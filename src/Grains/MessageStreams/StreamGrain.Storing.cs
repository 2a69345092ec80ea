using Malten.Streams.Events;

namespace Malten.Grains.MessageStreams;

/// <content>Storing: a message is seen and acknowledged once every silo that should hold it does.</content>
internal sealed partial class StreamGrain
{
    private StagedBatch _staged = new();
    private StagedBatch? _storing;
    private Task _storingLoop = Task.CompletedTask;

    /// <summary>
    /// Gives a draft its place in the order, and returns the batch to wait for before the acknowledgement. A draft that is
    /// posted again gets the batch of its first post, or none when that batch is stored already.
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

    /// <summary>Stores the stream again, with whatever is staged.</summary>
    private Task StoreAsync()
    {
        _staged.MakeDue();
        return StoreAsync(_staged);
    }

    /// <summary>Returns when every silo that should hold the batch does. Messages staged meanwhile go into the next one.</summary>
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
            var begun = _stream.Begun;
            try
            {
                await _holders.StoreAsync(_stream, _storing.Frames, _claims.Open);
                await lease.UntilHeldAsync();
                if (_holders.AreSuperseded) throw new OrleansException("A later activation runs the stream.");
                if (_isOver) throw new OrleansException("The activation has ended, and with it what it would have shown.");
            }
            catch (OrleansException superseded)
            {
                Abandon(_storing, superseded);
                Abandon(_staged, superseded);
                (_storing, _staged) = (null, new StagedBatch());
                DeactivateOnIdle(); // whoever posts again reaches the activation that runs the stream now
                return;
            }

            _subscribers.Stored = begun;
            foreach (var frame in _storing.Frames) _stream.Commit(frame);
            StayWhileInUse(); // storing may have taken longer than the stream had to live
            _subscribers.Push(_stream);
            _storing.Complete();
            _storing = null;
        }
    }

    private void Abandon(StagedBatch batch, OrleansException reason)
    {
        foreach (var frame in batch.Frames) _stream.Abandon(frame);
        batch.Fail(reason);
    }
}
