using System.Text.Json.Nodes;
using Malten.Gateway.Requests;
using Malten.Streams.Feeds;
using Malten.Streams.Values;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Malten.Gateway.OpenApi;

/// <summary>
/// Writes each endpoint's parameters into the description of the API: as the query of what is read, as form and JSON
/// body of what is posted.
/// </summary>
internal sealed class ParameterTransformer : IOpenApiOperationTransformer
{
    public Task TransformAsync(
        OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var description = context.Description.ActionDescriptor.EndpointMetadata.OfType<Description>().FirstOrDefault();
        if (description is null) return Task.CompletedTask;
        if (HttpMethods.IsPost(context.Description.HttpMethod ?? "")) operation.RequestBody = Body(description.Parameters);
        else operation.Parameters = [.. description.Parameters.Select(Query)];
        return Task.CompletedTask;
    }

    private static OpenApiParameter Query(Parameter parameter) => new()
    {
        Name = parameter.Name, In = parameter.IsHeader ? ParameterLocation.Header : ParameterLocation.Query,
        Description = parameter.Description, Required = parameter.IsRequired,
        Schema = parameter.IsRepeatable
            ? new OpenApiSchema { Type = JsonSchemaType.Array, Items = Schema(parameter), MaxItems = StreamLimits.StreamsPerListener }
            : Schema(parameter),
    };

    private static OpenApiRequestBody Body(IReadOnlyList<Parameter> parameters)
    {
        var type = new OpenApiMediaType
        {
            Schema = new OpenApiSchema
            {
                Type = JsonSchemaType.Object,
                Properties = parameters.ToDictionary(parameter => parameter.Name, IOpenApiSchema (parameter) => Schema(parameter)),
                Required = parameters.Where(parameter => parameter.IsRequired).Select(parameter => parameter.Name).ToHashSet(),
            },
        };
        return new OpenApiRequestBody
        {
            Content = new Dictionary<string, OpenApiMediaType>
            {
                ["application/x-www-form-urlencoded"] = type, ["application/json"] = type,
            },
        };
    }

    private static OpenApiSchema Schema(Parameter parameter)
    {
        var type = parameter.ValueType switch
        {
            var value when value == typeof(bool) => JsonSchemaType.Boolean,
            var value when value == typeof(int) || value == typeof(long) || value == typeof(TimeToLive) || value == typeof(PageDirection)
                => JsonSchemaType.Integer,
            _ => JsonSchemaType.String,
        };
        return new OpenApiSchema
        {
            Description = parameter.Description, Type = type,
            Examples = [type == JsonSchemaType.String ? parameter.Example : JsonNode.Parse(parameter.Example)!],
        };
    }
}
