using System.Text.Json.Serialization;

namespace Malten.Testing.Nodes;

/// <summary>A message as it came back: as an answer, in a page, or in an event.</summary>
public sealed record Posted(
    [property: JsonPropertyName("Id")] Guid Id,
    [property: JsonPropertyName("Created")] long Created,
    [property: JsonPropertyName("Text")] string Text);
