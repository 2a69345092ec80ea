using Malten.Streams.Feeds;
using Microsoft.Net.Http.Headers;

namespace Malten.Gateway.Events;

/// <summary>
/// Chooses how events are sent, by the <c>Accept</c> header (RFC 9110, 12.5.1): JSON lines where the client prefers them, and
/// server-sent events to everybody else, as the contract promises to clients that say nothing.
/// </summary>
internal static class Negotiation
{
    private static readonly MediaTypeHeaderValue Events = new(ContentType(EventFormat.ServerSentEvents));
    private static readonly MediaTypeHeaderValue Lines = new(ContentType(EventFormat.JsonLines));

    /// <summary>The media type of a format.</summary>
    public static string ContentType(EventFormat format) =>
        format == EventFormat.JsonLines ? "application/x-ndjson" : "text/event-stream";

    /// <summary>The format that a request asks for.</summary>
    public static EventFormat Choose(HttpRequest request)
    {
        var accepted = request.GetTypedHeaders().Accept;
        var (lines, events) = (Preference(Lines, accepted), Preference(Events, accepted));
        return lines.Quality > 0 && lines.CompareTo(events) > 0 ? EventFormat.JsonLines : EventFormat.ServerSentEvents;
    }

    /// <summary>How much a type is wanted, and how clearly: what names the type itself outweighs a range.</summary>
    private static (double Quality, int Precision) Preference(MediaTypeHeaderValue type, IList<MediaTypeHeaderValue> accepted) => accepted
        .Where(range => range.MatchesAllTypes || (range.MatchesAllSubTypes && range.Type.Equals(type.Type, StringComparison.OrdinalIgnoreCase))
            || range.MediaType.Equals(type.MediaType, StringComparison.OrdinalIgnoreCase))
        .Select(range => (Quality: range.Quality ?? 1, Precision: range.MatchesAllTypes ? 0 : range.MatchesAllSubTypes ? 1 : 2))
        .OrderByDescending(range => range.Precision).FirstOrDefault();
}
