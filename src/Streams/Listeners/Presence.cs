using Malten.Streams.Values;

namespace Malten.Streams.Listeners;

/// <summary>The listeners of a stream; members are spelled as on the wire.</summary>
/// <param name="Observers">How many connections listen.</param>
/// <param name="Users">The users who gave a label: each label once, with the liveliest of its statuses; at most 128.</param>
public sealed record Presence(int Observers, IReadOnlyList<PresentUser> Users)
{
    /// <summary>
    /// The public handles of those who listen, in a stream that names them: one that holds no messages, or a pipe. At most 128.
    /// Null for any other.
    /// </summary>
    public IReadOnlyList<string>? Listeners { get; init; }

    /// <summary>The presence of a stream without listeners.</summary>
    public static Presence Nobody { get; } = new(0, []);

    /// <summary>Adds up the listeners of several nodes, whose handles are left out.</summary>
    public static Presence Sum(IEnumerable<Presence> parts)
    {
        var all = parts.ToList();
        return new Presence(all.Sum(part => part.Observers), Name(all.SelectMany(part => part.Users).Select(user => (user.User, user.Status))));
    }

    internal static IReadOnlyList<PresentUser> Name(IEnumerable<(string Label, PresenceStatus Status)> users)
    {
        var named = new OrderedDictionary<string, PresenceStatus>(); // no more than are told, of however many
        foreach (var (label, status) in users)
        {
            var index = named.IndexOf(label);
            if (index < 0 && named.Count < StreamLimits.UsersNamed) named.Add(label, status);
            else if (index >= 0 && status > named.GetAt(index).Value) named.SetAt(index, status);
        }

        return [.. named.Select(one => new PresentUser(one.Key, one.Value))];
    }
}

/// <summary>A user who listens; members are spelled as on the wire.</summary>
/// <param name="User">The label.</param>
/// <param name="Status">What they are doing.</param>
public sealed record PresentUser(string User, PresenceStatus Status);

/// <summary>The listeners of a stream on one node.</summary>
/// <param name="Presence">The part that clients may see.</param>
/// <param name="AtFirstSeat">How many listen from the first seat of a pipe.</param>
/// <param name="AtSecondSeat">How many listen from the second seat of a pipe.</param>
/// <param name="Number">Grows with each report of a node, because reports may overtake each other on the way.</param>
public sealed record NodePresence(Presence Presence, int AtFirstSeat = 0, int AtSecondSeat = 0, long Number = 0);
