using System.Globalization;

namespace Malten.Client;

/// <summary>Who listens to a stream.</summary>
/// <param name="Observers">How many connections listen.</param>
/// <param name="Users">Those who gave a label, up to 128: each label once, with the liveliest of its statuses.</param>
/// <param name="Listeners">The handles of listeners, up to 128, in streams whose servers keep no messages and in pipes; else empty.</param>
public sealed record Presence(int Observers, IReadOnlyList<PresentUser> Users, IReadOnlyList<string> Listeners)
{
    /// <summary>Whether the stream is one whose listeners are named, even if there are none.</summary>
    internal bool NamesListeners { get; init; }

    /// <summary>One line for people.</summary>
    public override string ToString()
    {
        var users = Users.Select(user => user.Status == PresenceStatus.Online ? user.User : $"{user.User}, {user.Status.ToWire()}");
        return Printable.Line(string.Create(CultureInfo.InvariantCulture, $"{Observers} listening{string.Concat(users.Select(user => "; " + user))}"));
    }
}

/// <summary>A user who listens.</summary>
/// <param name="User">The label, up to 32 characters.</param>
/// <param name="Status">What they are doing.</param>
public sealed record PresentUser(string User, PresenceStatus Status);

/// <summary>What a listener is doing.</summary>
public enum PresenceStatus
{
    /// <summary>Listening.</summary>
    Online,

    /// <summary>Connected, but not there.</summary>
    Away,

    /// <summary>Writing a message.</summary>
    Typing,
}

/// <summary>The spelling of statuses on the wire.</summary>
internal static class PresenceStatuses
{
    public static string ToWire(this PresenceStatus status) => status switch
    {
        PresenceStatus.Online => "online",
        PresenceStatus.Away => "away",
        PresenceStatus.Typing => "typing",
        _ => throw new ArgumentOutOfRangeException(nameof(status), "There is no such status."),
    };

    /// <summary>A status that a later version of the contract may bring counts as online.</summary>
    public static PresenceStatus FromWire(string? status) => status switch
    {
        "away" => PresenceStatus.Away,
        "typing" => PresenceStatus.Typing,
        _ => PresenceStatus.Online,
    };
}
