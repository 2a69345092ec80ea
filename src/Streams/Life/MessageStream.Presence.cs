using Malten.Streams.Events;
using Malten.Streams.Feeds;
using Malten.Streams.Listeners;
using Malten.Streams.Values;

namespace Malten.Streams.Life;

/// <content>Presence: the listeners of the stream, here and on other nodes.</content>
public sealed partial class MessageStream
{
    private readonly PresenceBoard _board;
    private PresencePace? _presence; // created on demand: most streams have no listeners, or are copies

    /// <summary>
    /// Whether whoever listens is told who else does, and who has gone: in a stream that holds no messages, whose listeners have
    /// what was said, and in a pipe.
    /// </summary>
    public bool NamesListeners => !Begun.IsNone && (IsPipe || Keep == Retention.None);

    /// <summary>The nodes that have listeners, with their public handles, in a stream that names them.</summary>
    public IReadOnlyList<(string Node, IReadOnlyList<string> Listeners)> ListenersElsewhere
    {
        get { lock (Gate) return NamesListeners ? [.. _board.Elsewhere] : []; }
    }

    /// <summary>Grows with each change of <see cref="ListenersElsewhere"/>.</summary>
    public long ChangesElsewhere
    {
        get { lock (Gate) return _board.ChangesElsewhere; }
    }

    /// <summary>The sessions that listen on this node.</summary>
    /// <exception cref="StreamRefusedException">The seat is wrong.</exception>
    public IReadOnlyList<string> Sessions(string? seat)
    {
        lock (Gate)
        {
            Authorize(seat);
            return _board.Sessions;
        }
    }

    /// <summary>Throws what <see cref="Join"/> would throw, and changes nothing.</summary>
    /// <exception cref="StreamRefusedException">The seat is wrong, or has two listeners already.</exception>
    public void CheckJoin(StreamAddress address)
    {
        lock (Gate) CheckSeat(Authorize(address.Seat));
    }

    /// <summary>Adds a connection to the listeners.</summary>
    /// <exception cref="StreamRefusedException">The seat is wrong, or has two listeners already.</exception>
    public void Join(FeedReader reader, StreamAddress address, UserLabel? user, Timestamp? last)
    {
        lock (Gate)
        {
            var seat = Authorize(address.Seat);
            CheckSeat(seat);
            var crowd = _board.Join(reader.Session, reader.Listener, user, seat, reader.Client);
            ExpectListeners();
            reader.Hear(Feed, last, Begun.IsNone ? null : _settings.LifeOf(TimeLeft, _time), crowd);
        }

        AskPresence();
    }

    /// <summary>Removes a connection from the listeners.</summary>
    public void Leave(string session)
    {
        lock (Gate)
        {
            ExpectListeners();
            var listener = _board.ListenerOf(session);
            if (!_board.Leave(session)) return;
            if (NamesListeners) AnnounceLeft(listener!);
        }

        AskPresence();
    }

    /// <summary>Changes the status of a connection's user.</summary>
    public void SetStatus(string session, PresenceStatus status)
    {
        bool changed;
        lock (Gate) changed = _board.SetStatus(session, status);
        if (changed) AskPresence();
    }

    /// <summary>Takes another node's report of its listeners; null when it has none left.</summary>
    public void Report(string node, NodePresence? presence)
    {
        bool changed;
        lock (Gate)
        {
            var counted = _board.Count;
            var before = _board.ListenersAt(node);
            // A node that has not heard yet that the stream names its listeners reports none of their names.
            if (NamesListeners && presence is { Presence: { Listeners: null } unnamed })
                presence = presence with { Presence = unnamed with { Listeners = before } };
            changed = _board.Report(node, presence);
            ExpectListeners(counted); // each that has left is told of
            if (NamesListeners && before.Count > 0)
                foreach (var listener in before.Except(_board.ListenersAt(node)))
                    AnnounceLeft(listener);
        }

        if (changed) AskPresence();
    }

    /// <summary>
    /// Admits a connection that is about to listen on another node: refused as by <see cref="Join"/>, and counted until
    /// that node's next report includes it.
    /// </summary>
    public void Admit(string node, string? seat)
    {
        lock (Gate)
        {
            var index = Authorize(seat);
            CheckSeat(index);
            if (index >= 0) _board.Admit(node, index);
        }
    }

    /// <summary>The listeners, on all nodes.</summary>
    /// <exception cref="StreamRefusedException">The seat is wrong.</exception>
    public Presence GetPresence(string? seat = null)
    {
        lock (Gate)
        {
            Authorize(seat);
            return _board.Snapshot(NamesListeners);
        }
    }

    /// <summary>The public handles that a node has reported.</summary>
    public IReadOnlyList<string> ListenersAt(string node)
    {
        lock (Gate) return _board.ListenersAt(node);
    }

    private void ExpectListeners(int before = 0) => Feed.Expect(NamesListeners ? Math.Max(before, _board.Count) : 0);

    private void AnnounceLeft(string listener) =>
        Announce(new Notice { Name = NoticeName.Left, Stream = Name.Value, Listener = listener });

    private void CheckSeat(int seat)
    {
        if (seat >= 0 && _board.CountAt(seat) >= StreamLimits.ListenersPerSeat)
            throw new StreamRefusedException(Refusal.Busy, "This seat has two open listeners already.", "seat");
    }

    private void AskPresence()
    {
        PresencePace presence;
        Audience listeners;
        lock (Gate) (presence, listeners) = (_presence ??= new PresencePace(_time, AnnouncePresence), _board.Audience);
        presence.Ask(listeners);
    }

    /// <summary>Tells these listeners who listens, and returns how many bytes that takes for each audience.</summary>
    private Dictionary<Audience, long> AnnouncePresence(Audience due)
    {
        Presence presence;
        Dictionary<Audience, int> listeners;
        lock (Gate)
        {
            presence = _board.Snapshot(NamesListeners);
            listeners = Audiences.All.ToDictionary(audience => audience, _board.CountIn);
        }

        var frame = FrameEncoder.Encode(new Notice
        {
            Name = NoticeName.Presence, Stream = Name.Value, Observers = presence.Observers, Users = presence.Users,
            Listeners = presence.Listeners,
        }, Timestamp.Now(_time)) with
        {
            // It is kept from nobody but those who have to wait: another node may not have reported yet who belongs where.
            Except = listeners.Where(audience => audience.Value > 0).Aggregate(Audience.Nobody, (all, one) => all | one.Key) & ~due,
        };
        Feed.Announce(frame);
        return listeners.ToDictionary(audience => audience.Key, audience => (long)frame.Bytes.Length * audience.Value);
    }
}
