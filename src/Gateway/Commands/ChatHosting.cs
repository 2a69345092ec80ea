using System.Diagnostics.Metrics;
using Malten.Gateway.Settings;
using Malten.Gateway.Telemetry;
using Malten.Streams;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Malten.Gateway.Commands;

/// <summary>Adds the ChatGPT responder to a host.</summary>
public static class ChatHosting
{
    private const string ClientName = "Malten.Chat";

    /// <summary>
    /// Adds <see cref="ChatResponder"/> as the <see cref="ICommandResponder"/> when <c>OPENAI_API_KEY</c> is set;
    /// otherwise only validates the settings. Call it after <c>AddGateway</c>: services stop in reverse order, and the
    /// responder must stop first.
    /// </summary>
    public static IHostApplicationBuilder AddChatResponder(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSettings<ChatOptions>(ChatOptions.Section, static (section, options) => section.Bind(options))
            .Configure<IConfiguration>((options, configuration) => options.ReadProvider(configuration));
        if (ChatOptions.Read(builder.Configuration, ChatOptions.ApiKeySetting) is null) return builder;
        services.TryAddSingleton(TimeProvider.System);
        services.AddProvider();
        services.AddMetrics();
        services.AddSingleton<ChatAnswerer>();
        services.AddSingleton(CreateBudget);
        services.AddSingleton(provider => new ChatResponder(
            provider.GetRequiredService<ChatAnswerer>(), provider.GetRequiredService<TokenBudget>(),
            provider.GetRequiredService<IOptions<ChatOptions>>().Value, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<ICommandResponder>(provider => provider.GetRequiredService<ChatResponder>());
        services.AddHostedService<ChatShutdown>();
        return builder;
    }

    private static TokenBudget CreateBudget(IServiceProvider provider)
    {
        var budget = new TokenBudget(
            provider.GetRequiredService<IOptions<ChatOptions>>().Value, provider.GetRequiredService<TimeProvider>());
        provider.GetRequiredService<IMeterFactory>().Create(GatewayMetrics.MeterName)
            .CreateObservableGauge("malten.tokens", () => budget.SpentToday, "{token}", "Tokens spent on answers today (UTC)");
        return budget;
    }

    private static void AddProvider(this IServiceCollection services)
    {
        services.AddHttpClient(ClientName, client => client.Timeout = Timeout.InfiniteTimeSpan) // see ChatProvider
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler
            {
                AllowAutoRedirect = false, // the key must reach no other host
                PooledConnectionLifetime = TimeSpan.FromMinutes(5), // the client outlives DNS entries
                ActivityHeadersPropagator = null,
            })
            .AddHttpMessageHandler(() => new BoundedResponseHandler())
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan)
            .RemoveAllLoggers();
        services.AddSingleton(provider => new ChatProvider(provider.GetRequiredService<IOptions<ChatOptions>>(),
            provider.GetRequiredService<IHttpClientFactory>().CreateClient(ClientName)));
    }
}
