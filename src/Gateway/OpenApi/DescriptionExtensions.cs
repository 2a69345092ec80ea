using Malten.Gateway.Requests;

namespace Malten.Gateway.OpenApi;

/// <summary>Describes endpoints where they are mapped.</summary>
internal static class DescriptionExtensions
{
    public static RouteHandlerBuilder Describe(
        this RouteHandlerBuilder endpoint, string feature, string summary, string description, params Parameter[] parameters) =>
        endpoint.WithTags(feature).WithSummary(summary).WithDescription(description).WithMetadata(new Description(parameters))
            .Refuses(StatusCodes.Status400BadRequest).Refuses(StatusCodes.Status429TooManyRequests)
            .Refuses(StatusCodes.Status503ServiceUnavailable);

    public static RouteHandlerBuilder Refuses(this RouteHandlerBuilder endpoint, int status) =>
        endpoint.ProducesProblem(status);
}
