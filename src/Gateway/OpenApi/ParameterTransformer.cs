using System.Text.Json.Nodes;
using Malten.Gateway.Requests;
using Malten.Streams.Feeds;
using Malten.Streams.Listeners;
using Malten.Streams.Values;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Malten.Gateway.OpenApi;

/// <summary>
/// Describes the parameters that an endpoint's request asks for: as the query of what is read, as form and JSON body of
/// what is posted.
/// </summary>
internal sealed class ParameterTransformer : IOpenApiOperationTransformer
{
    public Task TransformAsync(
        OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var asked = context.Description.ActionDescriptor.EndpointMetadata.OfType<AskedParameters>().FirstOrDefault();
        if (asked is null) return Task.CompletedTask;
        if (HttpMethods.IsPost(context.Description.HttpMethod ?? "")) operation.RequestBody = Body(asked.All);
        else operation.Parameters = [.. asked.All.Select(Query)];
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
            PageDirection value => (int)value,
            _ => null,
        };
        return schema;
    }

    private static (JsonSchemaType Type, string? Format, IList<JsonNode>? Values) TypeOf(Type type) => type switch
    {
        _ when type == typeof(bool) => (JsonSchemaType.Boolean, null, null),
        _ when type == typeof(int) || type == typeof(TimeToLive) => (JsonSchemaType.Integer, "int32", null),
        _ when type == typeof(Timestamp) => (JsonSchemaType.Integer, "int64", null),
        _ when type == typeof(PageDirection) => (JsonSchemaType.Integer, null, [1, -1]),
        _ when type == typeof(PresenceStatus) => (JsonSchemaType.String, null, ["online", "away", "typing"]),
        _ when type == typeof(Guid) => (JsonSchemaType.String, "uuid", null),
        _ => (JsonSchemaType.String, null, null),
    };
}
