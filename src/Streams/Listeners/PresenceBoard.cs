using Malten.Streams.Values;

namespace Malten.Streams.Listeners;

/// <summary>
/// Who listens to one stream: here, and on other nodes as they report. Not safe for use by many threads: its owner locks.
/// </summary>
public sealed class PresenceBoard(TimeProvider time)
{
    private Dictionary<string, Attendance>? _here;
    private Dictionary<string, NodePresence>? _elsewhere;
    private long _reports = time.GetTimestamp(); // above those of a board that this one replaces

    private ICollection<Attendance> AllHere => _here is null ? [] : _here.Values;

    /// <summary>Open connections, here and elsewhere.</summary>
    public int Count => (_here?.Count ?? 0) + (_elsewhere?.Values.Sum(node => node.Presence.Observers) ?? 0);

    /// <summary>The listeners at a seat of a pipe, 0 or 1.</summary>
    public int CountAt(int seat) => AllHere.Count(one => one.Seat == seat)
        + (_elsewhere?.Values.Sum(node => seat == 0 ? node.AtFirstSeat : node.AtSecondSeat) ?? 0);

    /// <summary>A connection listens here.</summary>
    public void Join(string session, UserLabel? user, int seat) =>
        (_here ??= []).Add(session, new Attendance(user, PresenceStatus.Online, seat));

    /// <summary>A connection has gone; false when it was not here.</summary>
    public bool Leave(string session) => _here?.Remove(session) == true;

    /// <summary>The user of a connection changes status; true when that changed what others see.</summary>
    public bool SetStatus(string session, PresenceStatus status)
    {
        if (_here?.GetValueOrDefault(session) is not { } one || one.Status == status) return false;
        _here[session] = one with { Status = status };
        return one.User is not null;
    }

    /// <summary>A node says who listens there, or (null) that nobody does; true when that is news.</summary>
    public bool Report(string node, NodePresence? presence)
    {
        if (presence is null) return _elsewhere?.Remove(node) == true;
        var known = _elsewhere?.GetValueOrDefault(node) ?? new NodePresence(Presence.Nobody);
        if (presence.Number < known.Number) return false;
        (_elsewhere ??= [])[node] = presence;
        return known.Presence.Observers != presence.Presence.Observers
            || !known.Presence.Users.SequenceEqual(presence.Presence.Users);
    }

    /// <summary>A connection at a seat is about to listen on a node, whose next report will include it.</summary>
    public void Admit(string node, int seat)
    {
        var known = _elsewhere?.GetValueOrDefault(node) ?? new NodePresence(Presence.Nobody);
        (_elsewhere ??= [])[node] = seat == 0
            ? known with { AtFirstSeat = known.AtFirstSeat + 1 }
            : known with { AtSecondSeat = known.AtSecondSeat + 1 };
    }

    /// <summary>Who listens here, as this node reports it.</summary>
    public NodePresence Here() => new(Snapshot(AllHere), CountAt(0), CountAt(1), ++_reports);

    /// <summary>Who listens, here and elsewhere.</summary>
    public Presence Snapshot() => _elsewhere is null
        ? Snapshot(AllHere)
        : Presence.Sum([Snapshot(AllHere), .. _elsewhere.Values.Select(node => node.Presence)]);

    private static Presence Snapshot(ICollection<Attendance> here) => new(here.Count, Presence.Name(
        here.Where(one => one.User is not null).Select(one => new PresentUser(one.User!.Value.Value, one.Status))));

    private sealed record Attendance(UserLabel? User, PresenceStatus Status, int Seat);
}
