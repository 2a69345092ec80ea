using System.Collections.Concurrent;
using Malten.Gateway.Hosting;
using Malten.Streams;
using Malten.Streams.Bytes;
using Malten.Streams.Limits;
using Malten.Testing.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Malten.Testing;

/// <summary>
/// A node in this process: the gateway over real Kestrel on a port of its own, which it keeps when it is started again. Nodes over
/// one broker answer for the same streams, as those of a cluster do.
/// </summary>
public sealed class RunningNode : IAsyncDisposable
{
    private const int Attempts = 500;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);
    private static readonly CancellationToken AtOnce = new(canceled: true);

    private readonly NodeSettings _settings;
    private readonly ConcurrentDictionary<IHttpRequestLifetimeFeature, bool> _requests = new();
    private WebApplication? _app;

    private RunningNode(NodeSettings settings) => _settings = settings;

    /// <summary>Its address.</summary>
    public Uri Address { get; } = new($"http://127.0.0.1:{FreePorts.Find(1, 1)[0]}"); // nobody else's while it is down

    /// <summary>Its streams.</summary>
    public IStreamBroker Broker => _app!.Services.GetRequiredService<IStreamBroker>();

    /// <summary>Starts one.</summary>
    public static async Task<RunningNode> StartAsync(NodeSettings? settings = null)
    {
        var node = new RunningNode(settings ?? new NodeSettings());
        await node.StartAgainAsync();
        return node;
    }

    /// <summary>Starts it after it was killed, at the same address. Its streams are gone, unless the broker is another's.</summary>
    public async Task StartAgainAsync()
    {
        for (var left = Attempts; ; left--)
        {
            _app = Build();
            try
            {
                await _app.StartAsync();
                return;
            }
            catch (IOException failure) when (failure.InnerException is AddressInUseException && left > 0)
            {
                // A process that another test is just starting has a copy of the former listener until it runs its program.
                await _app.DisposeAsync();
                await Task.Delay(Pause);
            }
        }
    }

    private WebApplication Build()
    {
        var builder = WebApplication.CreateSlimBuilder([
            $"--urls={Address}", "--hostBuilder:reloadConfigOnChange=false", "--Malten:DrainSeconds=0", "--Malten:PostsPerSecondPerClient=1000000",
            "--Malten:PostsPerSecondPerClientAndStream=1000000", "--Malten:PostBurstPerClientAndStream=1000000",
            "--Malten:RequestsPerSecondWhenBusy=1000000", .. _settings.More]);
        builder.Logging.ClearProviders();
        if (_settings.Time is not null) builder.Services.AddSingleton(_settings.Time);
        if (_settings.Responder is not null) builder.Services.AddSingleton(_settings.Responder);
        builder.AddGateway();
        if (_settings.Broker is null) builder.Services.AddLocalStreams();
        else builder.Services.AddSingleton(_settings.Broker); // an instance of somebody else's, which they dispose
        if (_settings.Broker is LocalBroker local) // whose pipes pass bytes between any two of its nodes
        {
            builder.Services.AddSingleton(services =>
                new ByteRelay(local, services.GetRequiredService<Capacity>(), services.GetRequiredService<TimeProvider>()));
        }

        var app = builder.Build();
        app.Use(FollowAsync);
        _settings.Before?.Invoke(app);
        app.MapGateway();
        return app;
    }

    /// <summary>Ends it as a crash would: its connections break off, and its port refuses.</summary>
    public async Task KillAsync()
    {
        if (_app is null) return;
        foreach (var request in _requests.Keys) request.Abort(); // before anybody is told that the node stops
        await _app.StopAsync(AtOnce);
        await _app.DisposeAsync();
        _app = null;
    }

    /// <summary>Stops it in good order: listeners are told when to come back.</summary>
    public async Task StopAsync()
    {
        await _app!.StopAsync();
        await _app.DisposeAsync();
        _app = null;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await KillAsync();

    private async Task FollowAsync(HttpContext context, RequestDelegate next)
    {
        var request = context.Features.GetRequiredFeature<IHttpRequestLifetimeFeature>(); // outlives the context
        _requests[request] = true;
        try
        {
            await next(context);
        }
        finally
        {
            _requests.TryRemove(request, out _);
        }
    }
}

/// <summary>What a node is started with.</summary>
public sealed record NodeSettings
{
    /// <summary>Its clock; null for the system's.</summary>
    public TimeProvider? Time { get; init; }

    /// <summary>Whoever answers commands; null for nobody.</summary>
    public ICommandResponder? Responder { get; init; }

    /// <summary>The streams of another node, which outlive this one; null for its own.</summary>
    public IStreamBroker? Broker { get; init; }

    /// <summary>Middleware before everything else.</summary>
    public Action<WebApplication>? Before { get; init; }

    /// <summary>Settings as on the command line, <c>--Malten:MaxStreams=1</c>.</summary>
    public IReadOnlyList<string> More { get; init; } = [];
}
