namespace Malten.Streams.Feeds;

/// <summary>How a reader writes events.</summary>
public enum EventFormat
{
    /// <summary>Server-sent events (WHATWG HTML, 9.2), with a cursor as the id of each message.</summary>
    ServerSentEvents,

    /// <summary>JSON, one event a line, as it stands after <c>data: </c> in a server-sent event.</summary>
    JsonLines,
}
