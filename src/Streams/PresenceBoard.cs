namespace Malten.Streams;

/// <summary>Who listens to one stream on this node. Not safe for use by many threads: its owner locks.</summary>
internal sealed class PresenceBoard
{
    private readonly Dictionary<string, Attendance> _attendance = [];

    public int Count => _attendance.Count;

    public int CountAt(int seat) => _attendance.Values.Count(one => one.Seat == seat);

    public void Join(string session, UserLabel? user, int seat) =>
        _attendance.Add(session, new Attendance(user, PresenceStatus.Online, seat));

    public bool Leave(string session) => _attendance.Remove(session);

    /// <summary>True when that changed what others see.</summary>
    public bool SetStatus(string session, PresenceStatus status)
    {
        if (!_attendance.TryGetValue(session, out var one) || one.Status == status) return false;
        _attendance[session] = one with { Status = status };
        return one.User is not null;
    }

    public Presence Snapshot() => new(Count, Presence.Name(
        _attendance.Values.Where(one => one.User is not null)
            .Select(one => new PresentUser(one.User!.Value.Value, one.Status))));

    private sealed record Attendance(UserLabel? User, PresenceStatus Status, int Seat);
}
