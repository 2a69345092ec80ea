using System.Text.Json.Serialization;

namespace Malten.Membership;

/// <summary>The table as bytes.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(TableValue))]
internal sealed partial class TableJson : JsonSerializerContext;
