using Malten.Gateway.Answers;
using Malten.Gateway.Calls;
using Malten.Gateway.Endpoints;
using Malten.Gateway.Errors;
using Malten.Gateway.Limits;
using Malten.Gateway.Lists;
using Malten.Gateway.Memory;
using Malten.Gateway.OpenApi;
using Malten.Gateway.Page;
using Malten.Gateway.Requests;
using Malten.Gateway.Settings;
using Malten.Gateway.Shutdown;
using Malten.Gateway.Telemetry;
using Malten.Streams;
using Malten.Streams.Bytes;
using Malten.Streams.Limits;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Malten.Gateway.Hosting;

/// <summary>
/// Composes a gateway: <see cref="AddGateway"/> on the builder, <see cref="MapGateway"/> on the application. The broker is
/// added separately: <see cref="AddLocalStreams"/>, or the cluster's.
/// </summary>
public static class GatewayHosting
{
    /// <summary>The tag of health checks that decide whether a node is ready.</summary>
    public const string ReadyTag = HealthEndpoints.ReadyTag;

    private const string DefaultUrl = "http://localhost:9090";

    /// <summary>Adds everything that serves the wire contract, except for the broker.</summary>
    public static WebApplicationBuilder AddGateway(this WebApplicationBuilder builder)
    {
        builder.ConfigureServer();
        builder.ConfigureLogging();
        var services = builder.Services;
        services.AddSettings<GatewayOptions>(GatewayOptions.Section, static (section, options) => section.Bind(options));
        services.AddSettings<CapacityOptions>(GatewayOptions.Section, static (section, options) => section.Bind(options));
        services.AddSettings<CallOptions>(CallOptions.Section, static (section, options) => section.Bind(options))
            .Validate<IConfiguration>(CallOptions.IsOneList, CallOptions.NotOneList);
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<TurnCredentials>();
        services.AddSingleton(provider => new Capacity(provider.GetRequiredService<IOptions<CapacityOptions>>().Value));
        services.AddSingleton<GatewayMetrics>();
        services.AddSingleton<StreamLists>();
        services.AddSingleton<Problems>();
        services.AddOptions<StatusCodePagesOptions>().Configure<Problems>((pages, problems) => pages.HandleAsync = problems.WriteAsync);
        services.AddSingleton<Drain>().AddHostedService(provider => provider.GetRequiredService<Drain>());
        services.AddHealthChecks().AddCheck<Drain>("stopping", tags: [ReadyTag]);
        services.AddOrigins();
        services.ConfigureHttpJsonOptions(AnswerJson.Configure);
        services.AddClientLimits();
        services.AddSingleton(provider => new UnreadBodies(provider.GetRequiredService<Capacity>(),
            provider.GetRequiredService<IOptions<CapacityOptions>>(), provider.GetRequiredService<ClientKeys>().Of,
            provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<UntakenAnswers>();
        services.AddSingleton<MemoryRelease>().AddHostedService(provider => provider.GetRequiredService<MemoryRelease>());
        services.AddSingleton<MemoryPressure>().AddHostedService(provider => provider.GetRequiredService<MemoryPressure>());
        ErasingMemoryPools.AddTo(services);
        // By the clock of the machine: it is about this process, not about the streams.
        services.AddSingleton(provider => new Forgetting(
            provider.GetRequiredService<Capacity>(), provider.GetServices<IKeptBuffers>(), TimeProvider.System,
            provider.GetRequiredService<ILogger<Forgetting>>()));
        services.AddHostedService(provider => provider.GetRequiredService<Forgetting>());
        services.AddDescription();
        if (builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] is { Length: > 0 }) services.AddHostedService<OtlpExport>();
        return builder;
    }

    /// <summary>Keeps the streams in this process.</summary>
    public static IServiceCollection AddLocalStreams(this IServiceCollection services) => services
        .AddSingleton(provider => new LocalBroker(
            provider.GetRequiredService<Capacity>(), provider.GetRequiredService<TimeProvider>(),
            provider.GetService<ICommandResponder>()))
        .AddSingleton<IStreamBroker>(provider => provider.GetRequiredService<LocalBroker>())
        .AddSingleton(provider => new ByteRelay(
            provider.GetRequiredService<LocalBroker>(), provider.GetRequiredService<Capacity>(), provider.GetRequiredService<TimeProvider>()));

    /// <summary>Serves the wire contract.</summary>
    public static WebApplication MapGateway(this WebApplication app)
    {
        app.UseForwardedHeaders();
        app.UseMiddleware<ErrorMiddleware>();
        app.UseStatusCodePages();
        app.Use(static (context, next) =>
        {
            context.Response.Headers.XContentTypeOptions = "nosniff";
            context.Response.Headers.CacheControl = "no-store";
            if (RequestText.IsTooLongToKeep(context.Request)) context.Response.Headers.Connection = "close";
            return next(context);
        });
        app.UseRouting();
        app.UseTurnsAndOrigins();
        app.UseRateLimiter();
        app.MapApi();
        app.MapHealth();
        app.MapDescription();
        app.MapPage();
        return app;
    }

    // CORS answers preflights itself, so they take their turn before it; the others after it, so that pages may read why they
    // were refused.
    private static void UseTurnsAndOrigins(this WebApplication app)
    {
        app.UseWhen(static context => HttpMethods.IsOptions(context.Request.Method), static asked => asked.UseMiddleware<TurnMiddleware>());
        app.UseCors();
        app.UseWhen(static context => !HttpMethods.IsOptions(context.Request.Method), static rest => rest.UseMiddleware<TurnMiddleware>());
        app.UseOrigins();
    }

    private static void MapApi(this WebApplication app)
    {
        var api = app.MapGroup("").Refuses(StatusCodes.Status400BadRequest, StatusCodes.Status413PayloadTooLarge,
            StatusCodes.Status415UnsupportedMediaType, StatusCodes.Status429TooManyRequests, StatusCodes.Status503ServiceUnavailable);
        api.MapStreams();
        api.MapMessages();
        api.MapEvents();
        api.MapPresence();
        api.MapSignals();
        api.MapCommands();
        api.MapPipes();
        api.MapBytes();
        api.MapIce();
    }

    private static void ConfigureServer(this WebApplicationBuilder builder)
    {
        string[] addresses = ["urls", "http_ports", "https_ports"];
        if (addresses.All(key => string.IsNullOrEmpty(builder.Configuration[key]))
            && !builder.Configuration.GetSection("Kestrel:Endpoints").Exists())
            builder.WebHost.UseUrls(DefaultUrl);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = Drain.Limit);
        builder.WebHost.UseKestrelHttpsConfiguration(); // the slim builder omits it
        // Handlers are short and never block, so dispatching each read and write to another queue would only add cost.
        builder.WebHost.UseSockets(static sockets => sockets.UnsafePreferInlineScheduling = true);
        builder.WebHost.ConfigureKestrel(static kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.ConfigureHttpsDefaults(TlsPlaintext.Configure);
        });
        builder.LimitServer();
    }

    private static void ConfigureLogging(this WebApplicationBuilder builder)
    {
        builder.Logging.AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Warning); // the greeting names the address
        builder.Services.AddSingleton<IPostConfigureOptions<LoggerFilterOptions>, PrivateLogging>();
    }
}
