using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Malten.Gateway.Hosting;
using Malten.Streams;
using Malten.Streams.Events;
using Malten.Streams.Limits;
using Malten.Streams.Values;
using Malten.Testing.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Malten.Browser.Tests.Hosting;

/// <summary>A node as people run it, on a free port of this machine, that records every request.</summary>
public sealed class TestNode : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly HttpClient _client = new();
    private readonly ConcurrentDictionary<string, HttpContext> _events = new();

    private TestNode(WebApplication app) => _app = app;

    public string Address => _app.Urls.First();

    public int Port => new Uri(Address).Port;

    /// <summary>How many connections listen.</summary>
    public int Listening => _events.Count;

    /// <summary>Every request so far: target, headers and body, save those of bytes.</summary>
    public ConcurrentQueue<string> Received { get; } = [];

    /// <summary>The broker of a hostile server; null for an honest one.</summary>
    public TamperingBroker? Tampering { get; private init; }

    /// <summary>Returns true when it has answered a request instead of the gateway.</summary>
    public Func<HttpContext, bool>? Instead { get; set; }

    public static async Task<TestNode> StartAsync(
        TimeProvider? time = null, bool hostile = false, int port = 0, Action<IServiceCollection>? services = null,
        string[]? settings = null)
    {
        if (port == 0) port = FreePorts.Find(1, 1)[0]; // nobody else's while a test has it down
        var builder = WebApplication.CreateSlimBuilder(
            ["--urls", $"http://127.0.0.1:{port}", "--Malten:DrainSeconds", "0", "--Malten:RequestsPerSecondWhenBusy", "1000000", .. settings ?? []]);
        builder.Logging.ClearProviders();
        if (time is not null) builder.Services.AddSingleton(time);
        builder.AddGateway();
        services?.Invoke(builder.Services);
        builder.Services.AddLocalStreams();
        if (hostile)
            builder.Services.AddSingleton<IStreamBroker>(provider => new TamperingBroker(new LocalBroker(
                provider.GetRequiredService<Capacity>(), provider.GetRequiredService<TimeProvider>())));
        var app = builder.Build();
        var node = new TestNode(app) { Tampering = app.Services.GetRequiredService<IStreamBroker>() as TamperingBroker };
        app.Use(node.RecordAsync);
        app.MapGateway();
        await app.StartAsync();
        return node;
    }

    public async Task<JsonNode> PostAsync(string stream, string message, string? user = null, string? id = null, string? seat = null)
    {
        var answer = await _client.PostAsJsonAsync($"{Address}/messages", new { stream, message, user, id, seat });
        answer.EnsureSuccessStatusCode();
        return (await answer.Content.ReadFromJsonAsync<JsonNode>())!;
    }

    /// <summary>Stores a message without HTTP, so <see cref="Instead"/> does not see it.</summary>
    public async Task StoreAsync(string stream, string message, string? seat = null) =>
        await _app.Services.GetRequiredService<IStreamBroker>().AppendAsync(new Draft
        {
            Address = new StreamAddress(StreamName.Parse(stream), seat), Text = MessageText.Parse(message),
        });

    /// <summary>Sends an event to a stream's listeners.</summary>
    public async Task AnnounceAsync(Notice notice) =>
        await _app.Services.GetRequiredService<IStreamBroker>().AnnounceAsync(StreamName.Parse(notice.Stream!), notice);

    /// <summary>Aborts every open connection of a listener.</summary>
    public void CutEvents()
    {
        foreach (var context in _events.Values) context.Abort();
    }

    /// <summary>Posts many messages, in order.</summary>
    public async Task PostManyAsync(string stream, int first, int count)
    {
        for (var i = first; i < first + count; i++) await PostAsync(stream, $"message {i}");
    }

    public async Task<JsonNode> BeginAsync(string? stream, bool isPrivate = false, int ttl = 1024, int keep = 1024)
    {
        var answer = await _client.PostAsJsonAsync($"{Address}/streams", new { stream, @private = isPrivate, ttl, keep });
        answer.EnsureSuccessStatusCode();
        return (await answer.Content.ReadFromJsonAsync<JsonNode>())!;
    }

    public async Task<(string Stream, string Seat)> BeginPipeAsync()
    {
        var answer = await _client.PostAsJsonAsync($"{Address}/pipes", new { ttl = 1024 });
        var pipe = (await answer.Content.ReadFromJsonAsync<JsonNode>())!;
        return (pipe["stream"]!.GetValue<string>(), pipe["seats"]![0]!.GetValue<string>());
    }

    public async Task<JsonNode> GetAsync(string path) =>
        (await _client.GetFromJsonAsync<JsonNode>($"{Address}/{path}"))!;

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private static async Task<string> ReadAsync(HttpRequest request)
    {
        request.EnableBuffering();
        using var reader = new StreamReader(request.Body, Encoding.UTF8, leaveOpen: true);
        var body = await reader.ReadToEndAsync();
        request.Body.Position = 0;
        return body;
    }

    private async Task RecordAsync(HttpContext context, RequestDelegate next)
    {
        var request = context.Request;
        var body = request.Path == "/bytes" ? "" : await ReadAsync(request); // bytes flow, and may be any number
        var headers = string.Join('\n', request.Headers.Select(header => $"{header.Key}: {header.Value}"));
        if (request.Path == "/events")
        {
            _events[context.TraceIdentifier] = context;
            context.Response.OnCompleted(() => Task.FromResult(_events.TryRemove(context.TraceIdentifier, out _)));
        }

        Received.Enqueue($"{request.Method} {request.Path}{request.QueryString}\n{headers}\n\n{body}");
        if (Instead?.Invoke(context) != true) await next(context);
    }
}
