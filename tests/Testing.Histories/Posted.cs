using System.Text.Json.Serialization;

namespace Malten.Testing.Histories;

/// <summary>A message as a node returned it: in an answer, a page or an event.</summary>
public sealed record Posted(
    [property: JsonPropertyName("Id")] Guid Id,
    [property: JsonPropertyName("Created")] long Created,
    [property: JsonPropertyName("Text")] string Text);
