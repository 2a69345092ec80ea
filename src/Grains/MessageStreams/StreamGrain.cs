using Malten.Grains.Calls;
using Malten.Grains.Commands;
using Malten.Grains.Copies;
using Malten.Grains.Interfaces;
using Malten.Grains.Members;
using Malten.Grains.Replicas;
using Malten.Streams;
using Malten.Streams.Events;
using Malten.Streams.Feeds;
using Malten.Streams.Life;
using Malten.Streams.Limits;
using Malten.Streams.Listeners;
using Malten.Streams.Values;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Concurrency;

namespace Malten.Grains.MessageStreams;

/// <summary>
/// A stream in the cluster. The rules are those of <see cref="MessageStream"/>; this adds that a message is seen and
/// acknowledged only once every silo that should hold it does, and that events are pushed to gateways. Calls interleave, so posts that
/// arrive together cross the network together.
/// </summary>
/// <param name="capacity">The node's limits.</param>
/// <param name="time">The clock of streams.</param>
/// <param name="hostTime">The clock of the host, for pauses between calls.</param>
/// <param name="local">The streams that live on this silo.</param>
/// <param name="view">The members of the cluster.</param>
/// <param name="lease">Whether this silo may answer.</param>
/// <param name="recovery">Finds what an earlier activation of the stream has stored.</param>
/// <param name="commands">Publishes the stream's commands.</param>
/// <param name="streams">Makes the grain's reference to itself.</param>
/// <param name="responder">Answers commands on this silo; where none is configured, nobody is promised an answer.</param>
/// <param name="here">The replicas of the gateway in this process, if there is one.</param>
[Reentrant]
[CandidatePlacement]
[CollectionAgeLimit(Minutes = 2)] // for names that only a gateway or a command keeps; a stream in use delays its deactivation
internal sealed partial class StreamGrain(
    Capacity capacity, [FromKeyedServices(StreamClock.Key)] TimeProvider time, TimeProvider hostTime, LocalStreams local,
    ClusterView view, Lease lease, CopyRecovery recovery, CommandPublisher commands, IStreamGrains streams,
    ICommandResponder? responder = null, FeedReplicas? here = null)
    : Grain, IStreamGrain
{
    private static readonly TimeSpan DropPause = TimeSpan.FromSeconds(1);

    private StreamName _name;
    private Subscribers _subscribers = null!;
    private MessageStream _stream = null!;
    private CopyHolders _holders = null!;
    private Timestamp _lastBegun; // the stream that this activation ran last, ended or not
    private Deadline _keptUntil;
    private Task _dropping = Task.CompletedTask;
    private bool _isToGo; // once it is idle, should its next activation be another silo's

    /// <summary>What the name stands for now. After a pipe has ended, this is a new object.</summary>
    private MessageStream Stream
    {
        get
        {
            if (!lease.IsHeld) throw new OrleansException("This silo does not know itself a member.");
            if (_holders.AreSuperseded)
            {
                _isReplaced = true; // the fence may be over by the time that this activation ends
                DeactivateOnIdle();
                throw new OrleansException("A later activation runs the stream.");
            }

            _stream.ExpireIfDue();
            if (_stream.IsClosed)
            {
                StartAnew();
                DropIfLeft(); // the timer of ends knows the former one no more
            }

            return _stream;
        }
    }

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _name = StreamName.Parse(this.GetPrimaryKeyString());
        (_holders, var copy, var claims) = await recovery.RecoverAsync(_name, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested(); // Orleans no longer waits for this, and may have disposed of the activation
        StartAnew();
        RestoreClaims(claims); // before the stream, so that they are stored with it
        if (copy is not null) Restore(copy.Stream);
    }

    public async Task<Outcome<bool>> Begin(StreamSettings settings, Seats? seats, Guid request)
    {
        if (!Stream.IsInUse) capacity.MakeRoom(settings.Client, begins: true);
        var outcome = Outcome.Of(() =>
        {
            Stream.Begin(settings, seats, request);
            return true;
        });
        if (outcome.Refusal is null) await StoreAsync();
        else RetireIfUnused();
        return outcome;
    }

    public Task<Outcome<Frame[]>> Read(PageRequest request) => Look(() => Outcome.Of(() => Stream.Read(request).ToArray()));

    public Task<bool> HasEnded(Command command) => Look(() => Stream.HasEnded(command.Begun, command.Address.Seat));

    public Task<Outcome<Presence>> GetPresence(string? seat)
    {
        _subscribers.RemoveLost(_stream);
        return Look(() => Outcome.Of(() => Stream.GetPresence(seat)));
    }

    public async Task<FeedUpdate> Subscribe(FeedSubscription subscription)
    {
        while (Stream.IsInUse && _subscribers.Stored != _stream.Begun) await StoreAsync();
        var stream = Stream;
        if (_subscribers.Add(subscription, stream)) stream.Report(subscription.Gateway, subscription.Presence);
        _subscribers.RemoveLost(stream); // whoever is left is told who has gone
        var snapshot = stream.CaptureFor(subscription.Begun, subscription.Last);
        if (snapshot is not null) snapshot = snapshot with { EvictedLately = [] }; // gateways store nothing
        return new FeedUpdate
        {
            Activation = _subscribers.Activation, Stream = snapshot, Position = Timestamp.Max(_subscribers.Position, stream.Feed.Newest),
            Pushed = _subscribers.Pushed,
            Wanted = snapshot is null && subscription.CanOffer && IsLost(subscription.Begun), Elsewhere = _subscribers.Listeners(stream),
        };
    }

    public Task<GatewayRoute[]> GetGateways(string? wanted)
    {
        _subscribers.RemoveLost(Stream);
        if (wanted is not null && _subscribers.MayCome(wanted)) throw new OrleansException("That gateway has not subscribed to this activation yet.");
        return Look(() => _subscribers.Routes);
    }

    public Task Unsubscribe(string gateway, long subscription)
    {
        if (_subscribers.Remove(gateway, subscription)) _stream.Report(gateway, null);
        RetireIfUnused();
        return Task.CompletedTask;
    }

    public Task Offer(StreamSnapshot snapshot)
    {
        if (!Stream.IsInUse && snapshot.TimeLeft > TimeSpan.Zero && IsLost(snapshot.Begun))
        {
            Restore(snapshot);
            _subscribers.AwaitOthers(_stream); // when they subscribed, no stream was known that names them
        }

        RetireIfUnused();
        return Task.CompletedTask;
    }

    public Task<Outcome<bool>> Admit(string gateway, string? seat) => Look(() => Outcome.Of(() =>
    {
        Stream.Admit(gateway, seat);
        return true;
    }));

    public Task Report(string gateway, NodePresence presence)
    {
        if (_subscribers.Contains(gateway)) _stream.Report(gateway, presence);
        RetireIfUnused();
        return Task.CompletedTask;
    }

    public async Task Expire()
    {
        if (!Stream.IsInUse)
        {
            // What was asked since then, before another stream begins, belongs to none and is still answered.
            _claims.SettleAll(except: command => _sent.Any(sent => sent.Id == command && sent.Begun.IsNone));
            _subscribers.RemoveLost(_stream);
            if (_dropping.IsCompleted) _dropping = DropAsync();
            await _dropping;
        }

        RetireIfUnused();
    }

    public async Task<SettleOutcome> Settle(Timestamp held)
    {
        _subscribers.RemoveLost(_stream);
        _ = FailLostAsync();
        if (!_stream.IsInUse && IsLost(held))
        {
            SendAway(); // whoever listens or answers here must not keep an activation that did not find the stream
            return SettleOutcome.Unused;
        }

        if (TrySendAway()) return SettleOutcome.Moves; // the next one may be here again, where not all know yet who is to have it
        _isToGo = !_stream.IsInUse;
        var moves = _stream.IsInUse && _holders.AreElsewhere;
        if (moves) _holders.Move();
        if (_stream.IsInUse && (moves || _holders.AreMisplaced)) await StoreAsync();
        if (!_stream.IsInUse && _claims.AreOpen) await StoreClaimsAsync();
        if (moves) DeactivateOnIdle();
        else RetireIfUnused();
        return moves ? SettleOutcome.Moves : _stream.IsInUse ? SettleOutcome.InPlace : SettleOutcome.Unused;
    }

    /// <summary>Repeated until nobody holds a copy: that of a stream which had to give way would bring it back.</summary>
    private async Task DropAsync()
    {
        while (!_isOver && !_stream.IsInUse && !await _holders.DropAsync()) await Task.Delay(DropPause, hostTime);
    }

    /// <summary>Begins to drop the copies of a stream that this activation ran and that has ended; false when none is left.</summary>
    private bool DropIfLeft()
    {
        if (_lastBegun.IsNone || _stream.IsInUse || !_holders.MayBeLeft) return false;
        if (!_dropping.IsCompleted) return true;
        _dropping = DropAsync();
        _ = RetireOnceDroppedAsync();
        return true;
    }

    private async Task RetireOnceDroppedAsync()
    {
        await _dropping;
        if (!_isOver) RetireIfUnused();
    }

    private void StartAnew()
    {
        if (_stream is not null) local.Remove(_stream);
        _stream = new MessageStream(_name, capacity, time, local.Watch);
        // The former subscribers still have to push the end of the pipe.
        _subscribers = new Subscribers(hostTime, view, () => _holders.AreSuperseded, here);
        local.Add(_stream, streams.Of(_name), this);
    }

    /// <summary>Whether a stream that a gateway knows is one that this activation never ran: one that it did run has ended.</summary>
    private bool IsLost(Timestamp begun) => begun > _lastBegun;

    private void Restore(StreamSnapshot snapshot)
    {
        _stream.Restore(snapshot);
        _subscribers.Stored = snapshot.Begun; // whoever has it now has shown it
        _subscribers.HavePredecessor = true;
        _ = StoreAsync();
    }

    /// <summary>While a stream is in use, has its end watched and keeps the activation.</summary>
    private void StayWhileInUse()
    {
        if (!_stream.IsInUse) return;
        _lastBegun = Timestamp.Max(_lastBegun, _stream.Begun);
        local.Watch(_stream);
        var until = _stream.Deadline;
        // The delay set before outlasts its deadline by a minute, which is enough for this one.
        if (!_keptUntil.IsNone && until.Since(_keptUntil, time) < TimeSpan.FromSeconds(30)) return;
        DelayDeactivation(_stream.TimeLeft + TimeSpan.FromMinutes(1));
        _keptUntil = until;
    }

    /// <summary>Answers from what is here. A name that is not in use does not keep the activation that was made to look.</summary>
    private Task<T> Look<T>(Func<T> look)
    {
        var answer = look();
        RetireIfUnused();
        return Task.FromResult(answer);
    }

    private bool IsIdle => !_claims.AreOpen && _prompts.Count == 0 && _storingLoop.IsCompleted && _dropping.IsCompleted;

    private void SendAway()
    {
        _subscribers.Push(_stream); // the end of what was in use, which the next activation would not know of
        _subscribers.SendAway(_name);
        DeactivateOnIdle();
    }

    /// <summary>
    /// Sends away whoever listens to a name that is not in use, and whose next activation is another silo's: they would not hear of
    /// what is posted there once Orleans' directory has forgotten this one. False when this one may stay, or has something to do yet.
    /// </summary>
    private bool TrySendAway()
    {
        if (!_stream.Begun.IsNone || !_holders.AreElsewhere || !IsIdle || DropIfLeft()) return false;
        SendAway();
        return true;
    }

    private void RetireIfUnused()
    {
        if ((_isToGo && TrySendAway()) || !_stream.IsUnused || _subscribers.Count > 0 || !IsIdle) return;
        // A stream that gave way ended before its copies do, from which the next activation would bring it back.
        if (!DropIfLeft()) DeactivateOnIdle();
    }
}
