using System.Text.Json.Serialization;

namespace Malten.Gateway.Endpoints;

/// <summary>The answer to <c>POST /pipes</c>.</summary>
internal sealed record PipeBegun(
    [property: JsonPropertyName("stream")] string Stream,
    [property: JsonPropertyName("seats")] IReadOnlyList<string> Seats,
    [property: JsonPropertyName("ttl")] int Ttl);
