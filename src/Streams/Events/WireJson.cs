using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Malten.Streams.Values;

namespace Malten.Streams.Events;

/// <summary>The JSON of the wire contract: names as spelled, null members left out.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Message))]
[JsonSerializable(typeof(Message[]))]
[JsonSerializable(typeof(StreamEvent<Message>))]
[JsonSerializable(typeof(StreamEvent<Notice>))]
[JsonSerializable(typeof(StreamEvent<CommandPayload>))]
[JsonSerializable(typeof(StreamEvent<SignalPayload>))]
public sealed partial class WireJson : JsonSerializerContext
{
    /// <summary>
    /// Escapes only what JSON requires: the output is sent as JSON or as a server-sent event, never inside HTML.
    /// </summary>
    public static JsonWriterOptions Writing { get; } =
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };
}

/// <summary>The envelope of every event that a listener is sent; members are spelled as on the wire.</summary>
/// <param name="Id">The event's own id; for a message, the message's.</param>
/// <param name="Type"><c>message</c>, <c>event</c>, <c>command</c> or <c>signal</c>.</param>
/// <param name="Created">When it happened; for a message, when it was stored.</param>
/// <param name="Payload">What happened.</param>
/// <typeparam name="T">
/// The payload: a <see cref="Message"/>, a <see cref="Notice"/>, a <see cref="CommandPayload"/> or a <see cref="SignalPayload"/>.
/// </typeparam>
public sealed record StreamEvent<T>(Guid Id, string Type, Timestamp Created, T Payload);
