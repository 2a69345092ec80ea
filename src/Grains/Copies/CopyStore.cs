using System.Collections.Concurrent;
using Malten.Grains.Commands;
using Malten.Grains.Members;
using Malten.Streams.Life;
using Malten.Streams.Limits;
using Malten.Streams.Values;
using Microsoft.Extensions.DependencyInjection;

namespace Malten.Grains.Copies;

/// <summary>
/// The copies that this silo holds of streams that run on others. Each ends when its stream would. A recovery leaves a
/// fence, also where no copy is held: from then on nothing is taken from an activation before the one that recovers.
/// </summary>
internal sealed partial class CopyStore : IDisposable
{
    // Longer than a call may be on its way: what comes later than that comes from a silo that has been declared dead.
    private static readonly TimeSpan FenceTime = TimeSpan.FromMinutes(1);

    // Longer than a command waits and is worked on: its activation settles it before, unless it is gone.
    private static readonly TimeSpan ClaimsTime = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<string, CopyEntry> _entries = new();
    private readonly ConcurrentQueue<(CopyEntry Entry, Deadline Until)> _fences = new();
    private readonly ConcurrentQueue<(CopyEntry Entry, Deadline Until)> _claims = new();
    private readonly Capacity _capacity;
    private readonly TimeProvider _time;
    private readonly TimeProvider _hostTime;
    private readonly ClusterView _cluster;
    private readonly Lease _lease;
    private readonly ExpiryQueue _expiry;
    private readonly ITimer _cleaning;
    private long _turns;

    public CopyStore(
        Capacity capacity, [FromKeyedServices(StreamClock.Key)] TimeProvider time, TimeProvider hostTime, ClusterView cluster, Lease lease)
    {
        (_capacity, _time, _hostTime, _cluster, _lease) = (capacity.ForCopies(), time, hostTime, cluster, lease);
        // Its writer may have written to it since it was found to be due.
        _expiry = new ExpiryQueue(time, stream => OnHeld(stream.Name.Value, entry =>
        {
            if (entry.Stream == stream && !stream.IsInUse) LetGo(entry);
        }));
        _cleaning = hostTime.CreateTimer(_ => Clean(), null, FenceTime, FenceTime);
    }

    /// <summary>Raised with the name of a stream that <see cref="Keep"/> holds. Handlers must return quickly and not throw.</summary>
    public event Action<string>? Kept;

    /// <summary>Makes room for what comes. Called without any lock.</summary>
    public void MakeRoom() => _capacity.MakeRoomForCopies();

    /// <summary>How many ends of copies are waited for, with those that were let go lately.</summary>
    public int Waiting => _expiry.Count;

    /// <summary>The copies held.</summary>
    public int Count => _entries.Values.Count(entry => entry.Stream is not null);

    /// <summary>
    /// The names of streams that nobody may be running, since their copies were written by silos that are no longer members
    /// or by this one, before the streams moved away; and of those that <paramref name="others"/> chooses.
    /// </summary>
    public List<string> Orphans(Func<string, bool> others) => [.. _entries
        .Where(entry => entry.Value.IsHeld && (IsOrphan(entry.Value) || others(entry.Key))).Select(entry => entry.Key)];

    /// <summary>
    /// When the stream began of which a copy is held; <see cref="Timestamp.None"/> when there is none, or its time has run out.
    /// </summary>
    public Timestamp BegunOf(string stream) =>
        _entries.TryGetValue(stream, out var entry) && entry.Stream is { IsInUse: true } held ? held.Begun : Timestamp.None;

    /// <summary>Who has written a copy, and at which of its turns; null when none is held.</summary>
    public (CopyWriter Writer, long Turn)? VersionOf(string stream) =>
        _entries.TryGetValue(stream, out var entry) && entry.Writer is { } writer ? (writer, entry.Turn) : null;

    /// <summary>
    /// The next turn of a writer on this silo. No two of its writers have the same, so that one is told from another that had
    /// the same epoch before it.
    /// </summary>
    public long NextTurn() => Interlocked.Increment(ref _turns);

    /// <summary>Whether a copy of the stream is held, or commands of the name.</summary>
    public bool Holds(string stream) => _entries.TryGetValue(stream, out var entry) && entry.IsHeld;

    /// <summary>
    /// Takes a piece of a copy. With the last piece, the copy takes the place of any other of that stream; until then the
    /// other one stays.
    /// </summary>
    public CopyOutcome Hold(StreamCopy piece)
    {
        var name = piece.Stream.Settings.Name;
        return On(name.Value, entry =>
        {
            if (Check(entry, piece.Writer, piece.Turn, piece.Stream.Begun) is { } refused) return refused;
            if (piece.IsFirst) entry.Arrive(piece, new MessageStream(name, _capacity, _time));
            else if (entry.Arriving is not { } arriving || entry.Sender != piece.Writer || arriving.Feed.NewestHeld != piece.Previous)
                return CopyOutcome.Differs;
            else entry.ArriveMore(piece);
            if (piece.HasMore) return CopyOutcome.Held;
            if (entry.Stream is { } former) _expiry.Forget(former);
            entry.TakeArrived(piece);
            _expiry.Watch(entry.Stream!);
            return CopyOutcome.Held;
        });
    }

    /// <summary>Brings a copy up to date.</summary>
    public CopyOutcome Add(CopyUpdate update) => On(update.Stream, entry =>
    {
        if (Check(entry, update.Writer, update.Turn, update.Begun) is { } refused) return refused;
        if (entry.Stream is not { } stream || entry.Writer != update.Writer
            || stream.Begun != update.Begun || stream.Newest != update.Previous)
            return CopyOutcome.Differs;
        stream.Accept(update.Messages, update.TimeLeft, update.Passed);
        (entry.Turn, entry.Claims) = (update.Turn, update.Claims);
        _expiry.Watch(stream);
        return CopyOutcome.Held;
    });

    /// <summary>Holds the commands of a name that no stream uses.</summary>
    public CopyOutcome HoldClaims(string stream, CopyWriter writer, long turn, CommandClaim[] claims) => On(stream, entry =>
    {
        if (Check(entry, writer, turn, Timestamp.None) is { } refused) return refused;
        LetGo(entry);
        if (claims.Length == 0) return CopyOutcome.Held;
        entry.TakeClaims(writer, turn, claims, Deadline.In(ClaimsTime, _hostTime));
        _claims.Enqueue((entry, entry.ClaimsUntil));
        return CopyOutcome.Held;
    });

    /// <summary>
    /// Holds what an activation on this silo held that a later one has replaced, whatever its fence: the later one may never go
    /// on with the stream, and whoever recovers it finds this then. A copy by a later writer stays.
    /// </summary>
    public void Keep(StreamCopy whole)
    {
        var (stream, writer) = (whole.Stream.Settings.Name, whole.Writer);
        var isKept = On(stream.Value, entry =>
        {
            if (entry.Stream is not null && entry.Writer is { } last && last != writer && last.Epoch >= writer.Epoch) return false;
            if (entry.Stream is { } former) _expiry.Forget(former);
            entry.Take(whole, new MessageStream(stream, _capacity, _time));
            _expiry.Watch(entry.Stream!);
            return true;
        });
        if (isKept) Kept?.Invoke(stream.Value);
    }

    /// <summary>Lets go of a copy, unless a later activation has written it, or the same one at a later turn.</summary>
    public void Drop(string stream, CopyWriter writer, long turn) => OnHeld(stream, entry =>
    {
        if (_cluster.IsDead(writer.Silo)) return; // it has not heard of it, and others go on with what it knew
        if (entry.Sender?.Epoch <= writer.Epoch) entry.Abandon();
        if (entry.Writer is { } last && (writer.Epoch > last.Epoch || (writer == last && turn >= entry.Turn))) LetGo(entry);
    });

    /// <summary>
    /// Removes the fence of an activation that has ended and held nothing, if it was the first of its name: nobody was there
    /// before whose writes would have to be refused. A later fence stays.
    /// </summary>
    public void Forget(string stream, CopyWriter writer) => OnHeld(stream, entry =>
    {
        if (!entry.IsHeld && entry.Fence == 1 && writer.Epoch == 1) entry.Fence = 0;
    });

    /// <summary>How many names anything is known of: copies, commands and fences.</summary>
    public int Known => _entries.Count;

    /// <summary>
    /// Lets go of an orphan that is no longer this silo's to hold, unless it has been written to since that version. A copy
    /// whose writer lives is that one's to drop: it may not see yet that others are to hold it.
    /// </summary>
    public void Release(string stream, (CopyWriter Writer, long Turn) version) => OnHeld(stream, entry =>
    {
        if (IsOrphan(entry) && entry.Writer == version.Writer && entry.Turn == version.Turn) LetGo(entry);
    });

    public void Dispose()
    {
        _cleaning.Dispose();
        _expiry.Dispose();
    }

    /// <summary>Why this writer may not write, or null when it may.</summary>
    private CopyOutcome? Check(CopyEntry entry, CopyWriter writer, long turn, Timestamp begun) =>
        writer.Epoch < Math.Max(entry.Fence, entry.Writer?.Epoch ?? 0) ? CopyOutcome.Superseded
        // An epoch is used again once an activation has ended that held nothing: what it sent may still be on its way. But a
        // copy that such a one left here must not stop the writer of a stream that began later.
        : entry.Writer is { } last && last.Epoch == writer.Epoch && last != writer && entry.Stream?.Begun >= begun ? CopyOutcome.Superseded
        : !_lease.IsHeld || !_cluster.IsMember(writer.Silo) ? CopyOutcome.Refused
        : writer == entry.Writer && turn < entry.Turn ? CopyOutcome.Differs // was overtaken on its way
        : null;

    private void LetGo(CopyEntry entry)
    {
        if (entry.Stream is { } stream) _expiry.Forget(stream);
        entry.LetGo();
    }

    private bool IsOrphan(CopyEntry entry) =>
        entry.Writer is { Silo: var silo } && (silo.Equals(_cluster.Self) || !_cluster.IsActive(silo));

    private T On<T>(string name, Func<CopyEntry, T> use)
    {
        while (true)
        {
            var entry = _entries.GetOrAdd(name, static name => new CopyEntry(name));
            lock (entry)
            {
                if (entry.IsGone) continue; // between the look-up and the lock: another takes its place
                var result = use(entry);
                ForgetIfUnused(entry);
                return result;
            }
        }
    }

    private void OnHeld(string name, Action<CopyEntry> use)
    {
        if (!_entries.TryGetValue(name, out var entry)) return;
        lock (entry)
        {
            if (entry.IsGone) return;
            use(entry);
            ForgetIfUnused(entry);
        }
    }

    /// <summary>Removes what has served its time, and what a silo that is gone has not sent to its end.</summary>
    private void Clean()
    {
        foreach (var (name, entry) in _entries)
            if (entry.Sender is { Silo: var sender } && !_cluster.IsMember(sender))
                OnHeld(name, held => held.Abandon());
        RemoveOld(_fences, entry => entry.Fence = entry.FencedUntil.HasPassed(_hostTime) ? 0 : entry.Fence);
        RemoveOld(_claims, entry =>
        {
            if (entry.Stream is null && entry.ClaimsUntil.HasPassed(_hostTime)) LetGo(entry);
        });
    }

    private void RemoveOld(ConcurrentQueue<(CopyEntry Entry, Deadline Until)> queue, Action<CopyEntry> remove)
    {
        while (queue.TryPeek(out var oldest) && oldest.Until.HasPassed(_hostTime) && queue.TryDequeue(out oldest))
        {
            lock (oldest.Entry)
            {
                remove(oldest.Entry); // unless it was renewed since
                ForgetIfUnused(oldest.Entry);
            }
        }
    }

    private void ForgetIfUnused(CopyEntry entry)
    {
        if (entry is not { IsHeld: false, Arriving: null, Fence: 0, IsGone: false }) return;
        entry.IsGone = true;
        _entries.TryRemove(new KeyValuePair<string, CopyEntry>(entry.Name, entry));
    }
}
