using Malten.Gateway.Endpoints;

namespace Malten.Gateway.OpenApi;

/// <summary>Serves the description of the API at <c>/openapi/v1.json</c>.</summary>
internal static class DescriptionHosting
{
    public static void AddDescription(this IServiceCollection services) => services.AddOpenApi(options =>
    {
        options.AddDocumentTransformer<DocumentTransformer>();
        options.AddOperationTransformer<ParameterTransformer>();
    });

    public static void MapDescription(this IEndpointRouteBuilder app) =>
        app.MapOpenApi("/openapi/v1.json").WithMetadata(new HttpMethodMetadata(Reading.Methods));
}
