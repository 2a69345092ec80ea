using System.Threading.RateLimiting;
using Malten.Gateway.Errors;
using Malten.Gateway.Settings;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Options;

namespace Malten.Gateway.Limits;

/// <summary>The limits of each client: posts per second, and listeners at a time.</summary>
internal static class ClientLimits
{
    /// <summary>The policy of requests that change something.</summary>
    public const string Posts = "posts";

    /// <summary>The policy of connections that listen.</summary>
    public const string Listeners = "listeners";

    public static void AddClientLimits(this IServiceCollection services)
    {
        services.AddSingleton<ClientKeys>();
        services.AddSingleton<StreamPace>();
        services.AddSingleton<SignalPace>();
        // By the clock of the machine, as its work is.
        services.AddSingleton(provider => new Turns(provider.GetRequiredService<IOptions<GatewayOptions>>().Value.RequestsPerSecondWhenBusy,
            new QueueDelay(TimeProvider.System), TimeProvider.System));
        services.AddRateLimiter(_ => { });
        services.AddOptions<RateLimiterOptions>().Configure<Problems, ClientKeys, IOptions<GatewayOptions>>(LimitClients);
        services.AddOptions<ForwardedHeadersOptions>().Configure<IOptions<GatewayOptions>>(TrustProxies);
    }

    private static void LimitClients(
        RateLimiterOptions limiter, Problems problems, ClientKeys clients, IOptions<GatewayOptions> options)
    {
        var (posts, listeners) = (PostBucket(options.Value.PostsPerSecondPerClient),
            new ConcurrencyLimiterOptions { PermitLimit = options.Value.ListenersPerClient });
        limiter.AddPolicy(Posts, context => RateLimitPartition.GetTokenBucketLimiter(clients.Of(context), _ => posts));
        limiter.AddPolicy(Listeners, context => RateLimitPartition.GetConcurrencyLimiter(clients.Of(context), _ => listeners));
        limiter.OnRejected = (rejected, _) => new ValueTask(problems.WriteAsync(rejected.HttpContext,
            StatusCodes.Status429TooManyRequests, "Too many requests",
            "This client has reached its limit of posts per second or of open listeners; try again shortly.", "ClientLimit"));
    }

    private static void TrustProxies(ForwardedHeadersOptions headers, IOptions<GatewayOptions> options)
    {
        // Only where proxies are named: anybody can send the headers, and an empty list of networks would mean any network.
        headers.ForwardedHeaders = options.Value.TrustedProxies.Length == 0
            ? ForwardedHeaders.None
            : ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto;
        headers.ForwardLimit = null;
        headers.KnownIPNetworks.Clear();
        headers.KnownProxies.Clear();
        foreach (var network in options.Value.TrustedNetworks()) headers.KnownIPNetworks.Add(network);
    }

    private static TokenBucketRateLimiterOptions PostBucket(int perSecond)
    {
        var tenth = Math.Max(1, perSecond / 10);
        return new TokenBucketRateLimiterOptions
        {
            TokenLimit = perSecond, TokensPerPeriod = tenth, ReplenishmentPeriod = TimeSpan.FromSeconds((double)tenth / perSecond),
        };
    }
}
