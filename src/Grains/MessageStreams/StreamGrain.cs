using Malten.Grains.Commands;
using Malten.Grains.Gateways;
using Malten.Grains.Hosting;
using Malten.Grains.Interfaces;
using Malten.Grains.Replicas;
using Malten.Streams;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Concurrency;
using Orleans.Placement;

namespace Malten.Grains.MessageStreams;

/// <summary>
/// A stream in the cluster: the rules are those of <see cref="MessageStream"/>; what this adds is that a message is seen
/// and acknowledged only when a second silo holds it, and that gateways hear what comes. Calls interleave, so that posts
/// that arrive together cross the network together.
/// </summary>
[Reentrant]
[RandomPlacement]
[CollectionAgeLimit(Minutes = 2)] // for names that are only asked for; a stream in use asks for its own time
internal sealed class StreamGrain(
    Capacity capacity, [FromKeyedServices(StreamClock.Key)] TimeProvider time, LocalStreams local, Peers peers,
    CommandStream commands, StreamGrains streams, FeedReplicas? here = null)
    : Grain, IStreamGrain
{
    private readonly Claims _claims = new();
    private StreamName _name;
    private Subscribers _subscribers = null!;
    private MessageStream _stream = null!;
    private SecondCopy _copy = null!;
    private StagedBatch _staged = new();
    private StagedBatch? _storing;
    private Task _storingLoop = Task.CompletedTask;
    private Guid _begunBy;
    private long _keptUntil;

    /// <summary>What the name stands for now: after a pipe has ended, something else than before.</summary>
    private MessageStream Stream
    {
        get
        {
            _stream.ExpireIfDue();
            if (_stream.IsClosed) StartAnew();
            return _stream;
        }
    }

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var name = StreamName.Parse(this.GetPrimaryKeyString());
        (_name, _copy) = (name, new SecondCopy(name, peers));
        var snapshot = await _copy.RecoverAsync(cancellationToken);
        StartAnew();
        if (snapshot is not null) Restore(snapshot);
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        // Whoever waits for an acknowledgement gets it, or times out and repeats the post to the next activation.
        await _storingLoop.WaitAsync(cancellationToken)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        local.Remove(_stream);
        _subscribers.End();
        _stream.Dispose();
    }

    public async Task<Outcome<bool>> Begin(StreamSettings settings, Seats? seats, Guid request)
    {
        var outcome = Outcome.Of(() =>
        {
            if (_begunBy != request || !_stream.IsInUse) Stream.Begin(settings, seats);
            return true;
        });
        if (outcome.Refusal is not null) return outcome;
        _begunBy = request;
        await StoreAsync();
        return outcome;
    }

    public async Task<Outcome<Frame>> Append(Draft draft)
    {
        var staged = Outcome.Of(() => Stage(draft));
        if (staged.Refusal is not null)
        {
            RetireIfUnused();
            return staged.As<Frame>();
        }

        var (frame, batch, isNew) = staged.Value;
        if (batch is not null) await StoreAsync(batch);
        if (_storingLoop.IsCompleted) _storingLoop = Task.CompletedTask; // the other would stay with all it held
        if (isNew && draft.ReplyTo is { } answered) _claims.Settle(answered);
        if (isNew && Command.PromptIn(draft) is { } prompt) await SendCommand(draft.Address, prompt);
        return new Outcome<Frame> { Value = frame };
    }

    public Task<Outcome<Frame[]>> Read(PageRequest request) =>
        Task.FromResult(Outcome.Of(() => Stream.Read(request).ToArray()));

    public async Task<Outcome<Frame>> SendCommand(StreamAddress address, string prompt)
    {
        var sent = Outcome.Of(() => Stream.Announce(prompt, address));
        if (sent.Refusal is not null) return sent.As<Frame>();
        await commands.PublishAsync(sent.Value.Command);
        return new Outcome<Frame> { Value = sent.Value.Frame };
    }

    public Task Announce(Frame announcement, Guid? settles)
    {
        if (settles is { } command) _claims.Settle(command);
        Stream.Feed.Announce(announcement);
        return Task.CompletedTask;
    }

    public Task<Outcome<Presence>> GetPresence(string? seat)
    {
        _subscribers.RemoveLost(_stream);
        return Task.FromResult(Outcome.Of(() => Stream.GetPresence(seat)));
    }

    public Task<FeedUpdate> Subscribe(FeedSubscription subscription)
    {
        var stream = Stream;
        _subscribers.Add(subscription, stream);
        stream.Report(subscription.Gateway, subscription.Presence);
        var snapshot = stream.Capture();
        if (snapshot?.Begun == subscription.Begun)
            snapshot = snapshot with { Messages = [.. snapshot.Messages.Where(message => message.Timestamp > subscription.Last)] };
        return Task.FromResult(new FeedUpdate
        {
            Stream = snapshot, Position = Math.Max(_subscribers.Position, stream.Feed.Newest),
            Wanted = snapshot is null && subscription.CanOffer,
        });
    }

    public Task Unsubscribe(string gateway, long subscription)
    {
        if (_subscribers.Remove(gateway, subscription)) _stream.Report(gateway, null);
        RetireIfUnused();
        return Task.CompletedTask;
    }

    public Task Offer(StreamSnapshot snapshot)
    {
        if (!Stream.IsInUse && snapshot.TimeLeft > TimeSpan.Zero) Restore(snapshot);
        return Task.CompletedTask;
    }

    public Task<Outcome<bool>> Admit(string gateway, string? seat) => Task.FromResult(Outcome.Of(() =>
    {
        Stream.Admit(gateway, seat);
        return true;
    }));

    public Task Report(string gateway, NodePresence presence)
    {
        if (_subscribers.Contains(gateway)) _stream.Report(gateway, presence);
        return Task.CompletedTask;
    }

    public Task<bool> TryClaim(Guid command, SiloAddress silo) => Task.FromResult(_claims.TryClaim(command, silo));

    public Task Expire()
    {
        if (!Stream.IsInUse) _copy.Drop();
        RetireIfUnused();
        return Task.CompletedTask;
    }

    public Task MembershipChanged()
    {
        if (_stream.IsInUse && _copy.IsMissing) _ = StoreAsync();
        _subscribers.RemoveLost(_stream);
        foreach (var command in _claims.TakeLost(peers))
            _stream.Announce(new Notice
            {
                Name = Notice.Failed, Stream = _stream.Name.Value, Command = command,
                Reason = "The node that was answering is gone.",
            });
        return Task.CompletedTask;
    }

    private void StartAnew()
    {
        if (_stream is not null) local.Remove(_stream);
        _stream = new MessageStream(_name, capacity, time);
        _subscribers = new Subscribers(time, peers, here); // those of a pipe that ended are told so by the former one
        local.Add(_stream, streams.Of(_name));
    }

    private void Restore(StreamSnapshot snapshot)
    {
        _stream.Restore(snapshot);
        _ = StoreAsync();
    }

    /// <summary>
    /// Gives a draft its place, and the batch to wait for before it is acknowledged: a new one, the one in which it came
    /// the first time, or none when that is long held.
    /// </summary>
    private (Frame Frame, StagedBatch? Batch, bool IsNew) Stage(Draft draft)
    {
        var stream = Stream;
        stream.Check(draft.Address.Seat);
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
            await _copy.StoreAsync(_stream, _storing.Frames);
            foreach (var frame in _storing.Frames) _stream.Commit(frame);
            _subscribers.Push(_stream);
            _storing.Complete();
            _storing = null;
        }
    }

    /// <summary>Keeps the activation and the watch on the stream's end, as long as a stream is in use.</summary>
    private void StayWhileInUse()
    {
        if (!_stream.IsInUse) return;
        local.Watch(_stream);
        var until = time.GetTimestamp() + (long)(_stream.TimeLeft.TotalSeconds * time.TimestampFrequency);
        if (time.GetElapsedTime(_keptUntil, until) < TimeSpan.FromSeconds(30)) return; // it would not be collected that soon
        DelayDeactivation(_stream.TimeLeft + TimeSpan.FromMinutes(1));
        _keptUntil = until;
    }

    private void RetireIfUnused()
    {
        if (_stream.IsUnused && _subscribers.Count == 0 && _storingLoop.IsCompleted) DeactivateOnIdle();
    }
}
