using Malten.Gateway.Errors;
using Malten.Gateway.Settings;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.Extensions.Options;

namespace Malten.Gateway.Limits;

/// <summary>
/// The web pages that may use the API: any, or those of <see cref="GatewayOptions.AllowedOrigins"/>. CORS (Fetch standard,
/// 3.2) keeps answers from other pages; since a browser sends a form without asking, requests of such pages are refused too.
/// </summary>
internal static class Origins
{
    public static void AddOrigins(this IServiceCollection services)
    {
        services.AddCors();
        services.AddOptions<CorsOptions>().Configure<IOptions<GatewayOptions>>((cors, options) => cors.AddDefaultPolicy(policy =>
        {
            if (options.Value.AllowedOrigins is { Length: > 0 } allowed) policy.WithOrigins(allowed);
            else policy.AllowAnyOrigin();
            policy.AllowAnyMethod().AllowAnyHeader().WithExposedHeaders("Allow", "Retry-After")
                .SetPreflightMaxAge(TimeSpan.FromDays(1));
        }));
    }

    /// <summary>Refuses what comes from pages of others. What it answers, they may read.</summary>
    public static void UseOrigins(this WebApplication app)
    {
        // Settings are read by requests, and so after the host has checked them.
        app.Use((context, next) => IsAllowed(context.Request, Of<IOptions<GatewayOptions>>(context).Value.AllowedOrigins)
            ? next(context)
            : Of<Problems>(context).WriteAsync(context, StatusCodes.Status403Forbidden, "Origin not allowed",
                "This node does not serve pages of that origin.", "Origin"));
    }

    private static T Of<T>(HttpContext context) where T : notnull => context.RequestServices.GetRequiredService<T>();

    /// <summary>Whether the request comes from no page, from this node's own, or from one that is named.</summary>
    private static bool IsAllowed(HttpRequest request, string[] allowed)
    {
        var origin = request.Headers.Origin.ToString();
        return allowed.Length == 0 || origin.Length == 0 || allowed.Contains(origin, StringComparer.OrdinalIgnoreCase)
            || origin.Equals($"{request.Scheme}://{request.Host}", StringComparison.OrdinalIgnoreCase)
            || request.Headers["Sec-Fetch-Site"] == "same-origin"; // where a proxy has changed the scheme or the host
    }
}
