using Malten.Gateway.Endpoints;
using Malten.Gateway.Errors;
using Malten.Gateway.Limits;
using Malten.Gateway.OpenApi;
using Malten.Gateway.Page;
using Malten.Gateway.Telemetry;
using Malten.Streams;
using Malten.Streams.Limits;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Malten.Gateway.Hosting;

/// <summary>
/// Puts a gateway into a host: <see cref="AddGateway"/> on the builder, <see cref="MapGateway"/> on the application. The
/// broker comes from elsewhere: <see cref="AddLocalStreams"/>, or the cluster's.
/// </summary>
public static class GatewayHosting
{
    private const string DefaultUrl = "http://localhost:9090";

    /// <summary>Adds all that serves the wire contract, save the broker.</summary>
    public static WebApplicationBuilder AddGateway(this WebApplicationBuilder builder)
    {
        builder.ConfigureServer();
        builder.ConfigureLogging();
        var services = builder.Services;
        services.AddSettings<GatewayOptions>(GatewayOptions.Section);
        services.AddSettings<CapacityOptions>(GatewayOptions.Section);
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(provider => new Capacity(provider.GetRequiredService<IOptions<CapacityOptions>>().Value));
        services.AddSingleton<GatewayMetrics>();
        services.AddSingleton<Drain>().AddHostedService(provider => provider.GetRequiredService<Drain>());
        services.AddHealthChecks().AddCheck<Drain>("stopping", tags: [HealthEndpoints.ReadyTag]);
        services.AddCors(cors => cors.AddDefaultPolicy(policy => policy
            .AllowAnyOrigin().AllowAnyMethod().AllowAnyHeader().WithExposedHeaders("Allow", "Retry-After")
            .SetPreflightMaxAge(TimeSpan.FromDays(1))));
        services.AddClientLimits();
        services.AddDescription();
        if (builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] is { Length: > 0 }) services.AddHostedService<OtlpExport>();
        return builder;
    }

    /// <summary>Keeps the streams in this process.</summary>
    public static IServiceCollection AddLocalStreams(this IServiceCollection services) =>
        services.AddSingleton<IStreamBroker>(provider => new LocalBroker(
            provider.GetRequiredService<Capacity>(), provider.GetRequiredService<TimeProvider>(),
            provider.GetService<ICommandResponder>()));

    /// <summary>Maps the wire contract.</summary>
    public static WebApplication MapGateway(this WebApplication app)
    {
        app.UseForwardedHeaders();
        app.UseMiddleware<ErrorMiddleware>();
        app.UseStatusCodePages(StatusCodeProblems.WriteAsync);
        app.Use(static (context, next) =>
        {
            context.Response.Headers.XContentTypeOptions = "nosniff";
            context.Response.Headers.CacheControl = "no-store";
            return next(context);
        });
        app.UseRouting();
        app.UseCors();
        app.UseRateLimiter();
        app.MapStreams();
        app.MapMessages();
        app.MapEvents();
        app.MapPresence();
        app.MapCommands();
        app.MapPipes();
        app.MapHealth();
        app.MapDescription();
        app.MapPage();
        return app;
    }

    private static void ConfigureServer(this WebApplicationBuilder builder)
    {
        string[] addresses = ["urls", "http_ports", "https_ports"];
        if (addresses.All(key => string.IsNullOrEmpty(builder.Configuration[key]))
            && !builder.Configuration.GetSection("Kestrel:Endpoints").Exists())
            builder.WebHost.UseUrls(DefaultUrl);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = GatewayLimits.Shutdown);
        builder.WebHost.UseKestrelHttpsConfiguration(); // the slim builder leaves it out
        // What runs here is short and never blocks, so a hop to another queue for each read and write only costs.
        builder.WebHost.UseSockets(sockets => sockets.UnsafePreferInlineScheduling = true);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = GatewayLimits.BodyBytes;
            kestrel.Limits.RequestHeadersTimeout = GatewayLimits.Headers;
        });
    }

    private static void ConfigureLogging(this WebApplicationBuilder builder)
    {
        builder.Logging.AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Warning); // the greeting says where it listens
        builder.Services.AddSingleton<IPostConfigureOptions<LoggerFilterOptions>, PrivateLogging>();
    }
}
