using Malten.Streams.Values;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Malten.Gateway.OpenApi;

/// <summary>Describes of the answers what ASP.NET Core can't know.</summary>
internal sealed class SchemaTransformer : IOpenApiSchemaTransformer
{
    public Task TransformAsync(
        OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellationToken)
    {
        var type = context.JsonTypeInfo.Type;
        if (type == typeof(Timestamp)) DescribeTimestamp(schema);
        if (type == typeof(ProblemDetails)) DescribeProblem(schema);
        if (type.IsEnum) schema.Type = JsonSchemaType.String;
        schema.Type &= ~JsonSchemaType.Null; // null members are left out of every answer
        return Task.CompletedTask;
    }

    // A converter of our own writes it, so as far as ASP.NET Core knows it could be any JSON.
    private static void DescribeTimestamp(OpenApiSchema schema) => (schema.Type, schema.Format, schema.Description) =
        (JsonSchemaType.Integer, "int64", "Unix nanoseconds; a multiple of 1024, so that a JavaScript number holds it exactly.");

    // Extension members (RFC 9457, 3.2) are no properties of the type.
    private static void DescribeProblem(OpenApiSchema schema)
    {
        var members = schema.Properties ??= new Dictionary<string, IOpenApiSchema>();
        members["param"] = new OpenApiSchema { Type = JsonSchemaType.String, Description = "The parameter at fault, where one is." };
        members["taken"] = new OpenApiSchema
        {
            Type = JsonSchemaType.Integer, Format = "int64", Description = "With 410: how many bytes of the body the receiver's connection has taken.",
        };
    }
}
