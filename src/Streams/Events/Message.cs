using System.Text.Json.Serialization;
using Malten.Streams.Values;

namespace Malten.Streams.Events;

/// <summary>A message as it is stored and sent; members are spelled as on the wire.</summary>
/// <param name="Id">A UUIDv7 made by the server, or the UUID that the client sent.</param>
/// <param name="Type">Always <c>message</c>.</param>
/// <param name="Text">The text, plain or encrypted.</param>
/// <param name="Created">When it was stored.</param>
/// <param name="Stream">The stream's name.</param>
/// <param name="User">The label of the writer, if one was given.</param>
/// <param name="ReplyTo">The id of the command that it answers, if it answers one.</param>
public sealed record Message(
    Guid Id, string Type, [property: JsonConverter(typeof(TextConverter))] string Text, Timestamp Created, string Stream,
    string? User = null, Guid? ReplyTo = null);
