using Malten.Grains.Calls;
using Malten.Grains.Commands;
using Malten.Grains.Members;
using Malten.Streams.Events;
using Malten.Streams.Life;
using Malten.Streams.Values;

namespace Malten.Grains.Copies;

/// <summary>
/// The copies of one stream on other silos, written by the activation that runs it. A message is acknowledged when every
/// silo that the view names for the stream holds it, so that the end of any but one of them loses nothing. One silo alone
/// has nobody to write to.
/// </summary>
/// <param name="name">The stream.</param>
/// <param name="writer">The activation.</param>
/// <param name="here">The copies that this silo holds.</param>
/// <param name="cluster">The members of the cluster.</param>
/// <param name="silos">The copy services of all silos.</param>
/// <param name="lanes">The way to them.</param>
/// <param name="windows">Bounds how much is on that way.</param>
/// <param name="options">How many silos hold a stream.</param>
/// <param name="time">The clock of the host.</param>
/// <param name="found">
/// The silos where the activation found a copy or commands. Whoever wrote there may have ended before it could drop them.
/// </param>
internal sealed class CopyHolders(
    StreamName name, CopyWriter writer, CopyStore here, ClusterView cluster, ICopyServices silos, CopyLanes lanes, CopyWindows windows,
    CopyOptions options, TimeProvider time, params SiloAddress[] found)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan DropPause = TimeSpan.FromSeconds(1);

    private readonly Dictionary<SiloAddress, Extent> _held = [];
    private readonly HashSet<SiloAddress> _former = [cluster.Self, .. found]; // it may have been restored from a copy held here
    private readonly HashSet<SiloAddress> _withClaims = [cluster.Self, .. found];
    private Extent _stored;
    private View? _view;
    private SiloAddress[] _targets = [];
    private bool _isMoving;
    private bool _isOver;
    private Task _dropping = Task.CompletedTask;

    /// <summary>The epoch of the activation that writes.</summary>
    public long Epoch => writer.Epoch;

    /// <summary>Whether a later activation has asked this silo for the stream, so that this one must answer nothing more.</summary>
    public bool AreSuperseded => here.FenceOf(name.Value) > writer.Epoch;

    /// <summary>Whether the view names another silo than this one to run the stream.</summary>
    public bool AreElsewhere => cluster.View.Candidates(name.Value, 1) is [var first] && !first.Equals(cluster.Self);

    /// <summary>Whether some silo that should hold the stream does not, or one holds it that should not.</summary>
    public bool AreMisplaced => Targets() is var targets && (targets.Length != _held.Count || !Array.TrueForAll(targets, _held.ContainsKey));

    /// <summary>Whether some silo may hold what an activation after this one would go on with.</summary>
    public bool MayBeLeft =>
        _held.Count > 0 || _former.Concat(_withClaims).Any(silo => !silo.Equals(cluster.Self) || here.Holds(name.Value));

    /// <summary>
    /// Returns when every silo that should hold the stream holds it, with these messages at its end, and knows who answers
    /// its commands.
    /// </summary>
    /// <exception cref="OrleansException">A later activation runs the stream, this one has ended, or this silo was declared dead.</exception>
    public async ValueTask StoreAsync(MessageStream stream, IReadOnlyList<Frame> staged, CommandClaim[] claims)
    {
        var before = _stored.Begun == stream.Begun ? _stored : new Extent(stream.Begun, stream.Feed.Newest);
        var after = staged.Count > 0 ? before with { Newest = staged[^1].Timestamp } : before;
        var batch = new Batch(stream, staged, claims, before, after);
        var fresh = new HashSet<SiloAddress>();
        // A view that changes meanwhile names other silos: they are written to as well, before anything is acknowledged.
        while (Targets().Where(target => !fresh.Contains(target)).ToList() is { Count: > 0 } open)
        {
            await Task.WhenAll(open.Select(target => StoreOnAsync(target, batch)));
            fresh.UnionWith(open);
        }

        // Before anybody drops a copy: the later activation may be about to read it.
        if (_isOver) throw Over();
        if (AreSuperseded) throw Superseded();
        _stored = after;
        DropFormer();
    }

    /// <summary>
    /// Tells the silos that would hold the stream who answers its commands, while no stream is in use. Tried once: a command
    /// is an event, and no message.
    /// </summary>
    public Task StoreAsync(CommandClaim[] claims)
    {
        var targets = claims.Length > 0 ? Targets() : [];
        var former = _withClaims.Except(targets).ToList();
        _withClaims.ExceptWith(former);
        _withClaims.UnionWith(targets);
        return Task.WhenAll(targets.Select(silo => StoreOnAsync(silo, claims)).Concat(former.Select(silo => StoreOnAsync(silo, []))));
    }

    /// <summary>
    /// From now on this silo holds a copy too if the view names it: the activation is about to end, and another one, on the
    /// silo where the stream should run, goes on with the copies.
    /// </summary>
    public void Move() => (_isMoving, _view) = (true, null);

    /// <summary>
    /// The stream has ended: nobody needs its copies. False when a silo did not answer, which may still hold one.
    /// </summary>
    public async Task<bool> DropAsync()
    {
        _former.UnionWith(_held.Keys);
        _former.UnionWith(_withClaims);
        _held.Clear();
        _withClaims.Clear();
        await DropFormerAsync();
        return _former.Count == 0;
    }

    /// <summary>
    /// The activation ends because a later one has asked for the stream, which may never go on with it: what is committed stays
    /// here as a copy, since it may be the last.
    /// </summary>
    public void Keep(MessageStream stream, CommandClaim[] claims)
    {
        if (stream.Capture() is { } whole) here.Keep(new StreamCopy { Stream = whole, Writer = writer, Turn = here.NextTurn(), Claims = claims });
    }

    /// <summary>The activation has ended, and its stream is about to be disposed of: what is not stored by now is not stored at all.</summary>
    public void End() => _isOver = true;

    /// <summary>The activation ends and held nothing: those who were asked before it began may forget it.</summary>
    public void Forget()
    {
        foreach (var silo in Targets().Append(cluster.Self)) _ = silos.On(silo).Forget(name.Value, writer);
    }

    /// <summary>Those that the view names for the stream, without this silo unless the stream moves.</summary>
    private SiloAddress[] Targets()
    {
        if (cluster.View is var view && view != _view)
        {
            var candidates = view.Candidates(name.Value, options.Copies);
            (_view, _targets) = (view, [.. candidates.Where(silo => _isMoving || !silo.Equals(cluster.Self))]);
        }

        return _targets;
    }

    /// <summary>Tries until the silo holds the batch, or is none that should hold it.</summary>
    private async Task StoreOnAsync(SiloAddress target, Batch batch)
    {
        while (Targets().Contains(target))
        {
            if (_isOver) throw Over();
            if (AreSuperseded) throw Superseded(); // also while a silo does not answer: this activation can't end before
            if (cluster.IsSelfDeclaredDead) throw new OrleansException("This silo was declared dead.");
            var outcome = await TrySendAsync(target, batch);
            if (outcome == CopyOutcome.Superseded) throw Superseded();
            if (outcome == CopyOutcome.Held)
            {
                _held[target] = batch.After;
                _former.Remove(target); // only now: the view may change before it is written to, and then it still has what it had
                return;
            }

            _held.Remove(target); // what it holds is not known: it gets the whole stream
            if (outcome != CopyOutcome.Differs) await Task.Delay(Pause, time);
        }

        // Also where no answer came: it may hold what it was sent.
        _held.Remove(target);
        _former.Add(target);
    }

    private async Task StoreOnAsync(SiloAddress target, CommandClaim[] claims)
    {
        try
        {
            await silos.On(target).HoldClaims(name.Value, writer, here.NextTurn(), claims);
        }
        catch (Exception failure) when (Transient.Is(failure))
        {
            // known here alone
        }
    }

    /// <summary>Null when the call failed on its way.</summary>
    private async Task<CopyOutcome?> TrySendAsync(SiloAddress target, Batch batch)
    {
        try
        {
            return await SendAsync(target, batch);
        }
        catch (Exception failure) when (Transient.Is(failure))
        {
            return null;
        }
    }

    private async Task<CopyOutcome> SendAsync(SiloAddress target, Batch batch)
    {
        var keep = batch.Stream.Keep.Messages;
        if (_held.TryGetValue(target, out var held) && held == batch.Before)
            return await lanes.AddAsync(target, new CopyUpdate
            {
                Stream = name.Value, Writer = writer, Turn = here.NextTurn(), Begun = held.Begun, Previous = held.Newest,
                Messages = [.. batch.Staged.TakeLast(keep)], Passed = [.. Passed(batch.Staged.SkipLast(keep))],
                TimeLeft = batch.Stream.TimeLeftOnceCommitted, Claims = batch.Claims,
            });
        // A stream that has ended by itself needs no copies. One that ended with its activation is not held by anybody yet.
        if (batch.Stream.Capture() is not { } whole) return _isOver ? throw Over() : CopyOutcome.Held;
        var copy = new StreamCopy { Stream = whole.With(batch.Staged), Writer = writer, Claims = batch.Claims };
        var piece = copy.PieceAfter(Timestamp.None);
        while (true)
        {
            using var place = piece.HasMore || !piece.IsFirst ? await windows.EnterAsync(target) : null;
            var outcome = await lanes.HoldAsync(target, piece with { Turn = here.NextTurn() });
            if (outcome != CopyOutcome.Held || !piece.HasMore) return outcome;
            piece = copy.PieceAfter(piece.Stream.Last);
        }
    }

    private static OrleansException Superseded() => new("A later activation runs the stream.");

    private static OrleansException Over() => new("The activation has ended.");

    private static IEnumerable<EvictedMessage> Passed(IEnumerable<Frame> messages) =>
        messages.Select(message => new EvictedMessage(message.Id, message.Timestamp));

    private void DropFormer()
    {
        foreach (var silo in _held.Keys.Except(Targets()).ToList())
        {
            _held.Remove(silo);
            _former.Add(silo);
        }

        if (_dropping.IsCompleted) _dropping = DropUntilHeardAsync();
    }

    /// <summary>
    /// A stream that nobody touches stores nothing again, so whoever did not hear it is told again. Not while the stream is being
    /// moved, nor once another activation may be about to read what they hold.
    /// </summary>
    private async Task DropUntilHeardAsync()
    {
        for (; !_isOver && !AreSuperseded; await Task.Delay(DropPause, time))
        {
            // Where nothing is misplaced, all that should hold the stream do, so that none of them is among the former.
            if (_former.Count > 0 && !AreMisplaced) await DropFormerAsync();
            if (_former.Count == 0) return;
        }
    }

    private async Task DropFormerAsync()
    {
        _former.RemoveWhere(silo => !cluster.IsActive(silo));
        await Task.WhenAll(_former.ToList().Select(async silo =>
        {
            try
            {
                await silos.On(silo).Drop(name.Value, writer, here.NextTurn());
                _former.Remove(silo);
            }
            catch (Exception failure) when (Transient.Is(failure))
            {
                // told again in a moment
            }
        }));
    }

    /// <summary>How much of a stream a silo holds.</summary>
    private readonly record struct Extent(Timestamp Begun, Timestamp Newest);

    /// <summary>What is to be stored.</summary>
    private sealed record Batch(
        MessageStream Stream, IReadOnlyList<Frame> Staged, CommandClaim[] Claims, Extent Before, Extent After);
}
