using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Malten.Testing.Telemetry;

/// <summary>Takes metrics as an OTLP collector does, and keeps the bytes.</summary>
public sealed class Collector : IAsyncDisposable
{
    private readonly StringBuilder _received = new();
    private readonly WebApplication _app;

    private Collector()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        _app = builder.Build();
        _app.MapPost("/v1/metrics", async (HttpRequest request) =>
        {
            Assert.Equal("application/x-protobuf", request.ContentType);
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body);
            lock (_received) _received.Append(Encoding.Latin1.GetString(body.ToArray()));
            return Results.Ok();
        });
    }

    public string Address => _app.Urls.First();

    public string Received
    {
        get { lock (_received) return _received.ToString(); }
    }

    public static async Task<Collector> StartAsync()
    {
        var collector = new Collector();
        await collector._app.StartAsync();
        return collector;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
