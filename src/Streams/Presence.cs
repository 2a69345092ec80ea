namespace Malten.Streams;

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
