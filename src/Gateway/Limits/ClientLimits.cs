using System.Threading.RateLimiting;
using Malten.Gateway.Errors;
using Malten.Gateway.Hosting;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Options;

namespace Malten.Gateway.Limits;

/// <summary>What one client may do: posts a second, and listeners at a time.</summary>
internal static class ClientLimits
{
    public const string Posts = "posts";
    public const string Listeners = "listeners";

    public static void AddClientLimits(this IServiceCollection services)
    {
        services.AddRateLimiter(limiter =>
        {
            limiter.OnRejected = (rejected, _) => new ValueTask(Problem.WriteAsync(rejected.HttpContext,
                StatusCodes.Status429TooManyRequests, "Too many from you",
                "This node takes only so many posts and listeners from one client; wait a moment.", "ClientLimit"));
            limiter.AddPolicy(Posts, context => RateLimitPartition.GetTokenBucketLimiter(Client(context), _ => PostBucket(context)));
            limiter.AddPolicy(Listeners, context => RateLimitPartition.GetConcurrencyLimiter(Client(context),
                _ => new ConcurrencyLimiterOptions { PermitLimit = Options(context).ListenersPerClient }));
        });
        services.AddOptions<ForwardedHeadersOptions>().Configure<IOptions<GatewayOptions>>((headers, options) =>
        {
            // Only where proxies were named: anybody can send the headers, and no known network means any network.
            headers.ForwardedHeaders = options.Value.TrustedProxies.Length == 0
                ? ForwardedHeaders.None
                : ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto;
            headers.ForwardLimit = null;
            headers.KnownIPNetworks.Clear();
            headers.KnownProxies.Clear();
            foreach (var network in options.Value.TrustedNetworks()) headers.KnownIPNetworks.Add(network);
        });
    }

    private static ClientKey Client(HttpContext context) => ClientKey.Of(context.Connection.RemoteIpAddress);

    private static GatewayOptions Options(HttpContext context) =>
        context.RequestServices.GetRequiredService<IOptions<GatewayOptions>>().Value;

    private static TokenBucketRateLimiterOptions PostBucket(HttpContext context)
    {
        var perSecond = Options(context).PostsPerSecondPerClient;
        var tenth = Math.Max(1, perSecond / 10);
        return new TokenBucketRateLimiterOptions
        {
            TokenLimit = perSecond, TokensPerPeriod = tenth, ReplenishmentPeriod = TimeSpan.FromSeconds((double)tenth / perSecond),
        };
    }
}
