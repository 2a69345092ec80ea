using Malten.Streams.Values;

namespace Malten.Streams.Listeners;

/// <summary>Who listens to a stream; members are spelled as on the wire.</summary>
/// <param name="Observers">Open connections, each counted.</param>
/// <param name="Users">Who gave a label, each once with the liveliest status; at most 128.</param>
public sealed record Presence(int Observers, IReadOnlyList<PresentUser> Users)
{
    /// <summary>Nobody.</summary>
    public static Presence Nobody { get; } = new(0, []);

    /// <summary>Adds up what several nodes see.</summary>
    public static Presence Sum(IEnumerable<Presence> parts)
    {
        var all = parts.ToList();
        return new Presence(all.Sum(part => part.Observers), Name(all.SelectMany(part => part.Users)));
    }

    internal static IReadOnlyList<PresentUser> Name(IEnumerable<PresentUser> users) =>
        [.. users.GroupBy(user => user.User, (label, same) => new PresentUser(label, same.Max(user => user.Status)))
            .Take(StreamLimits.UsersNamed)];
}

/// <summary>A user who listens; members are spelled as on the wire.</summary>
/// <param name="User">The label.</param>
/// <param name="Status">What they are doing.</param>
public sealed record PresentUser(string User, PresenceStatus Status);

/// <summary>Who listens to a stream on one node.</summary>
/// <param name="Presence">As others may see it.</param>
/// <param name="AtFirstSeat">For a pipe: listeners at its first seat.</param>
/// <param name="AtSecondSeat">For a pipe: listeners at its second seat.</param>
/// <param name="Number">Grows with each report of a node: they may overtake each other on the way.</param>
public sealed record NodePresence(Presence Presence, int AtFirstSeat = 0, int AtSecondSeat = 0, long Number = 0);
