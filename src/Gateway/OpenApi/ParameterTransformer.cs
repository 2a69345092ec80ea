using System.Text.Json.Nodes;
using Malten.Gateway.Bytes;
using Malten.Gateway.Requests;
using Malten.Streams.Feeds;
using Malten.Streams.Listeners;
using Malten.Streams.Values;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Malten.Gateway.OpenApi;

/// <summary>
/// Describes the parameters that an endpoint's request asks for: as the query of what is read, as form and JSON body of
/// what is posted; where the body is bytes, as the query too.
/// </summary>
internal sealed class ParameterTransformer : IOpenApiOperationTransformer
{
    public Task TransformAsync(
        OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var asked = context.Description.ActionDescriptor.EndpointMetadata.OfType<AskedParameters>().FirstOrDefault();
        if (asked is null) return Task.CompletedTask;
        var isOfBytes = context.Description.ActionDescriptor.EndpointMetadata.OfType<BodyOfBytes>().Any();
        if (isOfBytes) operation.RequestBody = BodyOfBytes();
        else if (HttpMethods.IsPost(context.Description.HttpMethod ?? "")) operation.RequestBody = Body(asked.All);
        if (operation.RequestBody is null || isOfBytes) operation.Parameters = [.. asked.All.Select(Query)];
        return Task.CompletedTask;
    }

    private static OpenApiParameter Query(AskedParameter asked) => new()
    {
        Name = asked.Parameter.Name, In = asked.IsHeader ? ParameterLocation.Header : ParameterLocation.Query,
        Description = asked.Parameter.Description, Required = asked.IsRequired,
        Schema = asked.IsRepeatable
            ? new OpenApiSchema { Type = JsonSchemaType.Array, Items = Schema(asked), MaxItems = StreamLimits.StreamsPerListener }
            : Schema(asked),
    };

    private static OpenApiRequestBody Body(IReadOnlyList<AskedParameter> all)
    {
        var type = new OpenApiMediaType
        {
            Schema = new OpenApiSchema
            {
                Type = JsonSchemaType.Object,
                Properties = all.ToDictionary(asked => asked.Parameter.Name, IOpenApiSchema (asked) => Schema(asked)),
                Required = all.Where(asked => asked.IsRequired).Select(asked => asked.Parameter.Name).ToHashSet(),
            },
        };
        return new OpenApiRequestBody
        {
            Content = new Dictionary<string, OpenApiMediaType>
            {
                ["application/json"] = type, ["application/x-www-form-urlencoded"] = type,
            },
        };
    }

    // OpenAPI 3.1: a body that is just bytes has a media type and no schema.
    private static OpenApiRequestBody BodyOfBytes() => new()
    {
        Content = new Dictionary<string, OpenApiMediaType> { [ByteStream.ContentType] = new() },
    };

    private static OpenApiSchema Schema(AskedParameter asked)
    {
        var parameter = asked.Parameter;
        var schema = new OpenApiSchema();
        (schema.Type, schema.Format, schema.Enum) = TypeOf(parameter.ValueType);
        schema.Description = parameter.Description;
        schema.Examples = [schema.Type == JsonSchemaType.String ? parameter.Example : JsonNode.Parse(parameter.Example)!];
        schema.Default = asked.Default switch
        {
            bool value => value,
            int value => value,
            TimeToLive value => value.Seconds,
            Retention value => value.Messages,
            PageDirection value => (int)value,
            _ => null,
        };
        return schema;
    }

    private static (JsonSchemaType Type, string? Format, IList<JsonNode>? Values) TypeOf(Type type) => type switch
    {
        _ when type == typeof(bool) => (JsonSchemaType.Boolean, null, null),
        _ when type == typeof(int) || type == typeof(TimeToLive) || type == typeof(Retention) => (JsonSchemaType.Integer, "int32", null),
        _ when type == typeof(Timestamp) => (JsonSchemaType.Integer, "int64", null),
        _ when type == typeof(PageDirection) => (JsonSchemaType.Integer, null, [1, -1]),
        _ when type == typeof(PresenceStatus) => (JsonSchemaType.String, null, ["online", "away", "typing"]),
        _ when type == typeof(Guid) => (JsonSchemaType.String, "uuid", null),
        _ => (JsonSchemaType.String, null, null),
    };
}
