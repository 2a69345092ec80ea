using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Malten.Testing.Provider;

/// <summary>
/// A server on loopback that speaks the OpenAI chat completions protocol and answers as a test tells it to.
/// </summary>
public sealed class FakeProvider : IAsyncDisposable
{
    /// <summary>A key that it takes, as it takes any other.</summary>
    public const string Key = "sk-test-0123456789-secret";

    private readonly WebApplication _app;
    private readonly Channel<FakeRequest> _requests = Channel.CreateUnbounded<FakeRequest>();
    private int _open;
    private int _mostOpen;

    private FakeProvider(WebApplication app) => _app = app;

    /// <summary>How it answers; may be changed at any time. See <see cref="FakeReply"/>.</summary>
    public Func<HttpContext, FakeRequest, Task> Reply { get; set; } = FakeReply.Text("An answer.");

    /// <summary>What <c>OPENAI_BASE_URL</c> is to be.</summary>
    public string BaseUrl { get; private set; } = "";

    /// <summary>How many requests are open.</summary>
    public int Open => Volatile.Read(ref _open);

    /// <summary>The most requests that were open at a time.</summary>
    public int MostOpen => Volatile.Read(ref _mostOpen);

    /// <summary>How many requests have come that nobody has taken with <see cref="NextRequestAsync"/>.</summary>
    public int Untaken => _requests.Reader.Count;

    /// <summary>Starts one on a free port.</summary>
    public static async Task<FakeProvider> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var provider = new FakeProvider(app);
        app.MapPost("/v1/chat/completions", provider.ServeAsync);
        await app.StartAsync();
        provider.BaseUrl = app.Urls.Single() + "/v1";
        return provider;
    }

    /// <summary>The next request, as soon as it is here.</summary>
    public async Task<FakeRequest> NextRequestAsync() =>
        await _requests.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20));

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
    }

    private async Task ServeAsync(HttpContext context)
    {
        var open = Interlocked.Increment(ref _open);
        for (var most = MostOpen; open > most; most = MostOpen) Interlocked.CompareExchange(ref _mostOpen, open, most);
        try
        {
            using var body = await JsonDocument.ParseAsync(context.Request.Body);
            var request = new FakeRequest(context.Request.Headers.Authorization.ToString(), body.RootElement.Clone());
            _requests.Writer.TryWrite(request);
            await Reply(context, request);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    }
}
