using Malten.Grains.Interfaces;
using Malten.Streams.Events;
using Malten.Streams.Life;
using Malten.Streams.Values;

namespace Malten.Grains.MessageStreams;

/// <content>Storing: a message is seen and acknowledged once every silo that should hold it does.</content>
internal sealed partial class StreamGrain
{
    private StagedBatch _staged = new();
    private StagedBatch? _storing;
    private Task _storingLoop = Task.CompletedTask;

    public async Task<Outcome<Frame>[]> Append(Draft[] drafts)
    {
        var stream = Stream; // once, since it may fail: either all drafts are tried or none
        var posts = Array.ConvertAll(drafts, draft => TryStage(stream, draft));
        foreach (var batch in posts.Select(post => post.Batch).OfType<StagedBatch>().Distinct()) await StoreAsync(batch);
        if (_storingLoop.IsCompleted) _storingLoop = Task.CompletedTask; // the completed one would keep its batch in memory
        foreach (var (draft, post) in drafts.Zip(posts))
            if (post.Prompt is { } prompt)
                Outcome.Of(() => Send(draft.Address, prompt, post.Command, draft.Client, post.Outcome.Value.Timestamp));
        if (posts.All(post => post.Outcome.Refusal is not null)) RetireIfUnused();
        return Array.ConvertAll(posts, post => post.Outcome);
    }

    /// <summary>Stages a draft, and notes the command that it is, or that it answers, before both are stored together.</summary>
    private Post TryStage(MessageStream stream, Draft draft)
    {
        try
        {
            stream.Check(draft.Address.Seat); // before anybody has to make room
            capacity.MakeRoom(draft.Client, begins: !stream.IsInUse);
            var (frame, batch, isNew) = Stage(stream, draft);
            if (isNew && draft.ReplyTo is { } answered) _claims.Settle(answered);
            var post = new Post(new Outcome<Frame> { Value = frame }, batch, isNew ? Command.PromptIn(draft) : null, default);
            if (post.Prompt is null) return post;
            post = post with { Command = Guid.CreateVersion7(time.GetUtcNow()) };
            Follow(post.Command);
            return post;
        }
        catch (StreamRefusedException refused)
        {
            return new Post(Outcome.Refused<Frame>(refused), null, null, default);
        }
    }

    /// <summary>
    /// Gives a draft its place in the order, and returns the batch to wait for before the acknowledgement. A draft that is
    /// posted again gets the batch of its first post, or none when that batch is stored already.
    /// </summary>
    private (Frame Frame, StagedBatch? Batch, bool IsNew) Stage(MessageStream stream, Draft draft)
    {
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
            catch (Exception failure) // of any kind: whoever waits must hear of it, and the stream not wait for ever
            {
                var superseded = failure as OrleansException ?? new OrleansException("The stream could not be stored.", failure);
                _isReplaced = true;
                Abandon(_storing, superseded);
                Abandon(_staged, superseded);
                (_storing, _staged) = (null, new StagedBatch());
                if (!_isOver) DeactivateOnIdle(); // whoever posts again reaches the activation that runs the stream now
                return;
            }

            _subscribers.Stored = begun;
            foreach (var frame in _storing.Frames) _stream.Commit(frame);
            StayWhileInUse(); // storing may have taken longer than the stream had to live
            _subscribers.Push(_stream);
            _storing.Complete();
            _storing = null;
            if (!begun.IsNone && !_stream.IsInUse) _ = ExpireAfterStoringAsync();
        }
    }

    /// <summary>The stream has given way while it was being stored, and the copy came after it was dropped.</summary>
    private async Task ExpireAfterStoringAsync()
    {
        await _storingLoop;
        if (!_isOver && lease.IsHeld && !_holders.AreSuperseded) await Expire();
    }

    private void Abandon(StagedBatch batch, OrleansException reason)
    {
        foreach (var frame in batch.Frames) _stream.Abandon(frame);
        batch.Fail(reason);
    }

    /// <summary>A draft that was tried.</summary>
    /// <param name="Outcome">Its message, once it is stored; or why it was refused.</param>
    /// <param name="Batch">What is stored with it; null when nothing has to be.</param>
    /// <param name="Prompt">The command in its text, if it is one.</param>
    /// <param name="Command">The command's id.</param>
    private readonly record struct Post(Outcome<Frame> Outcome, StagedBatch? Batch, string? Prompt, Guid Command);
}
