using Malten.Streams.Values;

namespace Malten.Streams.Listeners;

/// <summary>
/// The listeners of one stream: those of this node, and those that other nodes report. Not thread-safe: its owner locks.
/// </summary>
public sealed class PresenceBoard(TimeProvider time)
{
    private Dictionary<string, Attendance>? _here;
    private Dictionary<string, NodePresence>? _elsewhere;
    private long _reports = time.GetTimestamp(); // above the numbers of an earlier board for the same stream

    private ICollection<Attendance> AllHere => _here is null ? [] : _here.Values;

    /// <summary>How many connections listen, here and elsewhere.</summary>
    public int Count => (_here?.Count ?? 0) + (_elsewhere?.Values.Sum(node => node.Presence.Observers) ?? 0);

    /// <summary>How many listen from a seat of a pipe, 0 or 1, here and elsewhere.</summary>
    public int CountAt(int seat) => AllHere.Count(one => one.Seat == seat)
        + (_elsewhere?.Values.Sum(node => seat == 0 ? node.AtFirstSeat : node.AtSecondSeat) ?? 0);

    /// <summary>Adds a connection of this node.</summary>
    public void Join(string session, UserLabel? user, int seat) =>
        (_here ??= []).Add(session, new Attendance(user, PresenceStatus.Online, seat));

    /// <summary>Removes a connection of this node; false when there is none of that session.</summary>
    public bool Leave(string session) => _here?.Remove(session) == true;

    /// <summary>Changes the status of a connection's user; true when that changed what others see.</summary>
    public bool SetStatus(string session, PresenceStatus status)
    {
        if (_here?.GetValueOrDefault(session) is not { } one || one.Status == status) return false;
        _here[session] = one with { Status = status };
        return one.User is not null;
    }

    /// <summary>Takes a node's report, null when it has no listeners left; true when that changed what others see.</summary>
    public bool Report(string node, NodePresence? presence)
    {
        var known = _elsewhere?.GetValueOrDefault(node) ?? new NodePresence(Presence.Nobody);
        if (presence?.Number < known.Number) return false;
        if (presence is null) _elsewhere?.Remove(node);
        else (_elsewhere ??= [])[node] = presence;
        var now = presence?.Presence ?? Presence.Nobody;
        return known.Presence.Observers != now.Observers || !known.Presence.Users.SequenceEqual(now.Users);
    }

    /// <summary>Counts a connection that is about to listen on another node, until that node's next report includes it.</summary>
    public void Admit(string node, int seat)
    {
        var known = _elsewhere?.GetValueOrDefault(node) ?? new NodePresence(Presence.Nobody);
        (_elsewhere ??= [])[node] = seat == 0
            ? known with { AtFirstSeat = known.AtFirstSeat + 1 }
            : known with { AtSecondSeat = known.AtSecondSeat + 1 };
    }

    /// <summary>The listeners of this node, as the next of its reports.</summary>
    public NodePresence Here() => new(Snapshot(AllHere), CountAt(0), CountAt(1), ++_reports);

    /// <summary>The listeners, here and elsewhere.</summary>
    public Presence Snapshot() => _elsewhere is null
        ? Snapshot(AllHere)
        : Presence.Sum([Snapshot(AllHere), .. _elsewhere.Values.Select(node => node.Presence)]);

    private static Presence Snapshot(ICollection<Attendance> here) => new(here.Count, Presence.Name(
        here.Where(one => one.User is not null).Select(one => new PresentUser(one.User!.Value.Value, one.Status))));

    private sealed record Attendance(UserLabel? User, PresenceStatus Status, int Seat);
}
