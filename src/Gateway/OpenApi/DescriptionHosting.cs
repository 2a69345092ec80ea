using Malten.Gateway.Requests;
using Microsoft.AspNetCore.OpenApi;

namespace Malten.Gateway.OpenApi;

/// <summary>Serves the description of the API at <c>/openapi/v1.json</c>, and lets endpoints describe themselves.</summary>
internal static class DescriptionHosting
{
    public static void AddDescription(this IServiceCollection services) =>
        services.AddSingleton<Description>().AddOpenApi(Description.Name, Configure);

    public static void MapDescription(this IEndpointRouteBuilder app) =>
        app.MapMethods("/openapi/v1.json", Reading.Methods, (Description description) => description.GetAsync()).ExcludeFromDescription();

    /// <summary>Describes an endpoint; its parameters and its answer follow from its handler.</summary>
    /// <param name="id">The operation's name, unique in the API: what generated clients call it.</param>
    public static RouteHandlerBuilder Describe(this RouteHandlerBuilder endpoint, string id, string summary, string description) =>
        endpoint.WithName(id).WithSummary(summary).WithDescription(description);

    /// <summary>Names the statuses with which an endpoint, or each of a group, may answer with a problem.</summary>
    public static T Refuses<T>(this T endpoints, params ReadOnlySpan<int> statuses) where T : IEndpointConventionBuilder
    {
        foreach (var status in statuses) endpoints.ProducesProblem(status);
        return endpoints;
    }

    private static void Configure(OpenApiOptions options)
    {
        options.ShouldInclude = description => description.HttpMethod != HttpMethods.Head; // says nothing that GET does not
        options.AddDocumentTransformer<DocumentTransformer>();
        options.AddOperationTransformer<ParameterTransformer>();
        options.AddSchemaTransformer<SchemaTransformer>();
    }
}
