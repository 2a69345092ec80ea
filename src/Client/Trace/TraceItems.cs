using System.Globalization;
using Malten.Client.Encryption;

namespace Malten.Client;

/// <summary>
/// In a stream that leaves no trace, somebody has gone, and what they wrote with them: whoever shows it is to take it away.
/// </summary>
/// <param name="Author">The public key, in base64url.</param>
/// <param name="Name">The name that they used last, up to 32 characters; null for none.</param>
/// <param name="Messages">Ids of what has gone.</param>
public sealed record AuthorLeft(string Author, string? Name, IReadOnlyList<Guid> Messages) : StreamItem
{
    /// <inheritdoc/>
    public override string ToString()
    {
        var many = Messages.Count == 1 ? "one message" : string.Create(CultureInfo.InvariantCulture, $"{Messages.Count} messages");
        return Printable.Line($"({(Name is null ? "someone" : VisibleName.Of(Name))} left, and {many} with them)");
    }
}

/// <summary>In a stream that leaves no trace, something could not be kept: there was no room for it beside what others wrote.</summary>
/// <param name="Author">Who wrote it.</param>
/// <param name="Message">Its id.</param>
public sealed record MessageDisplaced(string Author, Guid Message) : StreamItem
{
    /// <inheritdoc/>
    public override string ToString() => "(an old message gave way to others)";
}

/// <summary>In a stream that leaves no trace, an author has said that they have messages, and not handed them over.</summary>
/// <param name="Stream">The stream's name on the server.</param>
public sealed record HistoryIncomplete(string Stream) : StreamItem
{
    /// <inheritdoc/>
    public override string ToString() => "(some of what was said before has not come: somebody did not hand it over)";
}

/// <summary>
/// In a stream that leaves no trace, the server holds what is said under this name, in spite of what it said before: it has ended and
/// come back, or another stream has begun. Nothing more is sent until it does not.
/// </summary>
/// <param name="Stream">The stream's name on the server.</param>
/// <param name="Message">The message that it holds; null where nothing of this participant's was sent.</param>
public sealed record HeldByServer(string Stream, Guid? Message) : StreamItem
{
    /// <inheritdoc/>
    public override string ToString() => Message is null ? "(the server holds what is said here)" : "(the server holds what was just sent, encrypted)";
}
