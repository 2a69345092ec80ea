namespace Malten.Client;

/// <summary>A stream that was begun.</summary>
/// <param name="Stream">Its name.</param>
/// <param name="Private">Whether it is kept off the public list.</param>
/// <param name="Ttl">How long it lives after its last message: 1–86,400 seconds.</param>
/// <param name="Keep">How many of the newest messages the servers hold: 0–1024.</param>
public sealed record BegunStream(string Stream, bool Private, TimeSpan Ttl, int Keep);

/// <summary>A stream on the public list.</summary>
/// <param name="Stream">Its name.</param>
/// <param name="Created">When it began.</param>
/// <param name="Updated">When its last message came.</param>
/// <param name="Ttl">How long it lives after its last message.</param>
/// <param name="Messages">How many messages are held, up to 1024.</param>
/// <param name="Observers">How many connections listen.</param>
public sealed record ListedStream(string Stream, Timestamp Created, Timestamp Updated, TimeSpan Ttl, int Messages, int Observers);

/// <summary>A stream for two: every use of it needs one of its two secrets.</summary>
/// <param name="Stream">Its random name.</param>
/// <param name="Seats">The two secrets: one to keep, one to hand to the other. Not part of the string that <see cref="ToString"/> makes.</param>
/// <param name="Ttl">How long it lives after its last message: 1–86,400 seconds.</param>
public sealed record Pipe(string Stream, IReadOnlyList<string> Seats, TimeSpan Ttl)
{
    /// <summary>Its name.</summary>
    public override string ToString() => Printable.Line(Stream);
}
