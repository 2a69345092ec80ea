using System.Text.Json.Serialization;

namespace Malten.Gateway.Endpoints;

/// <summary>The answer to <c>POST /streams</c>.</summary>
internal sealed record StreamBegun(
    [property: JsonPropertyName("stream")] string Stream,
    [property: JsonPropertyName("private")] bool Private,
    [property: JsonPropertyName("ttl")] int Ttl);
