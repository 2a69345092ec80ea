using Malten.Streams.Events;
using Malten.Streams.Feeds;
using Malten.Streams.Listeners;
using Malten.Streams.Values;

namespace Malten.Streams.Life;

/// <content>Presence: who listens to the stream, here and on other nodes.</content>
public sealed partial class MessageStream
{
    private static readonly TimeSpan PresenceInterval = TimeSpan.FromSeconds(1);

    private readonly PresenceBoard _board;
    private Throttle? _presence; // most streams of a node have nobody who listens, or are copies

    /// <summary>Refuses what <see cref="Join"/> would refuse, and changes nothing.</summary>
    /// <exception cref="StreamRefusedException">The seat is wrong, or has two listeners already.</exception>
    public void CheckJoin(StreamAddress address)
    {
        lock (Gate) CheckSeat(Authorize(address.Seat));
    }

    /// <summary>A connection begins to listen.</summary>
    /// <exception cref="StreamRefusedException">The seat is wrong, or has two listeners already.</exception>
    public void Join(FeedReader reader, StreamAddress address, UserLabel? user, Timestamp? last)
    {
        lock (Gate)
        {
            var seat = Authorize(address.Seat);
            CheckSeat(seat);
            _board.Join(reader.Session, user, seat);
            reader.Hear(Feed, last);
        }

        AskPresence();
    }

    /// <summary>A connection has gone.</summary>
    public void Leave(string session)
    {
        bool left;
        lock (Gate) left = _board.Leave(session);
        if (left) AskPresence();
    }

    /// <summary>The user of a connection changes status.</summary>
    public void SetStatus(string session, PresenceStatus status)
    {
        bool changed;
        lock (Gate) changed = _board.SetStatus(session, status);
        if (changed) AskPresence();
    }

    /// <summary>Another node says who listens there; null when nobody does any more.</summary>
    public void Report(string node, NodePresence? presence)
    {
        bool changed;
        lock (Gate) changed = _board.Report(node, presence);
        if (changed) AskPresence();
    }

    /// <summary>
    /// A connection on another node begins to listen: refused as by <see cref="Join"/>, and counted until that node's
    /// next report.
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

    /// <summary>Who listens.</summary>
    /// <exception cref="StreamRefusedException">The seat is wrong.</exception>
    public Presence GetPresence(string? seat = null)
    {
        lock (Gate)
        {
            Authorize(seat);
            return _board.Snapshot();
        }
    }

    private void CheckSeat(int seat)
    {
        if (seat >= 0 && _board.CountAt(seat) >= StreamLimits.ListenersPerSeat)
            throw new StreamRefusedException(Refusal.Busy, "This seat has two open listeners already.", "seat");
    }

    private void AskPresence()
    {
        Throttle presence;
        lock (Gate) presence = _presence ??= new Throttle(_time, PresenceInterval, AnnouncePresence);
        presence.Ask();
    }

    private void AnnouncePresence()
    {
        Presence presence;
        lock (Gate) presence = _board.Snapshot();
        Announce(new Notice
        {
            Name = NoticeName.Presence, Stream = Name.Value, Observers = presence.Observers, Users = presence.Users,
        });
    }
}
