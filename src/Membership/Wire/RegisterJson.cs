using System.Text.Json.Serialization;

namespace Malten.Membership;

/// <summary>What crosses the wire, as JSON.</summary>
[JsonSourceGenerationOptions(
    // The generated fast path writes bytes that are null as an empty string.
    GenerationMode = JsonSourceGenerationMode.Metadata,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(Request))]
[JsonSerializable(typeof(Reply))]
internal sealed partial class RegisterJson : JsonSerializerContext;
