using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Malten.Streams;

/// <summary>The JSON of the wire contract: names as spelled, null members left out.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Message))]
[JsonSerializable(typeof(Presence))]
[JsonSerializable(typeof(StreamListing))]
[JsonSerializable(typeof(StreamEvent<Message>))]
[JsonSerializable(typeof(StreamEvent<Notice>))]
[JsonSerializable(typeof(StreamEvent<CommandPayload>))]
public sealed partial class WireJson : JsonSerializerContext
{
    /// <summary>
    /// Only what JSON itself demands is escaped. The result is sent as JSON or as a server-sent event, never inside HTML.
    /// </summary>
    public static JsonWriterOptions Writing { get; } =
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };
}
