using System.Text.Json.Serialization;
using Malten.Gateway.Endpoints;
using Malten.Streams.Life;
using Malten.Streams.Listeners;

namespace Malten.Gateway;

/// <summary>The JSON of answers that are not encoded by the streams themselves.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(StreamBegun))]
[JsonSerializable(typeof(PipeBegun))]
[JsonSerializable(typeof(Health))]
[JsonSerializable(typeof(Presence))]
[JsonSerializable(typeof(OrderedDictionary<string, StreamListing>))]
internal sealed partial class GatewayJson : JsonSerializerContext;
