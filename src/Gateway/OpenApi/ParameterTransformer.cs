using Malten.Gateway.Requests;
using Malten.Streams;
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
        Name = parameter.Name, In = ParameterLocation.Query, Description = parameter.Description,
        Schema = Schema(parameter),
    };

    private static OpenApiRequestBody Body(IReadOnlyList<Parameter> parameters)
    {
        var type = new OpenApiMediaType
        {
            Schema = new OpenApiSchema
            {
                Type = JsonSchemaType.Object,
                Properties = parameters.ToDictionary(parameter => parameter.Name, IOpenApiSchema (parameter) => Schema(parameter)),
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

    private static OpenApiSchema Schema(Parameter parameter) => new OpenApiSchema
    {
        Description = parameter.Description,
        Examples = [parameter.Example],
        Type = parameter.ValueType switch
        {
            var type when type == typeof(bool) => JsonSchemaType.Boolean,
            var type when type == typeof(int) || type == typeof(long) || type == typeof(TimeToLive) || type == typeof(PageDirection)
                => JsonSchemaType.Integer,
            _ => JsonSchemaType.String,
        },
    };
}
