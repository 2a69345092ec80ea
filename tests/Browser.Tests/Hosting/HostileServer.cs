using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Malten.Browser.Tests.Hosting;

/// <summary>
/// A server that lies to its readers: it stands before an honest node and decides what each reader gets for each message.
/// Readers are told apart by the host name under which they came, so that each can have a view of their own.
/// </summary>
public sealed class HostileServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly TestNode _node;
    private readonly HttpClient _client = new() { Timeout = Timeout.InfiniteTimeSpan };
    private readonly Lock _lock = new();

    private HostileServer(WebApplication app, TestNode node) => (_app, _node) = (app, node);

    /// <summary>What a reader gets instead of a message: nothing, the message, another, or several.</summary>
    public Func<Reader, JsonObject, IEnumerable<JsonObject>> Tamper { get; set; } = (_, message) => [message];

    /// <summary>What readers get as an event before each message; nothing by default.</summary>
    public string? Preface { get; set; }

    /// <summary>The address at which a reader opens the page.</summary>
    public string AddressOf(Reader reader) => $"http://{(reader == Reader.First ? "127.0.0.1" : "localhost")}:{new Uri(_app.Urls.First()).Port}";

    public static async Task<HostileServer> StartAsync(TestNode node)
    {
        var builder = WebApplication.CreateSlimBuilder(["--urls", "http://127.0.0.1:0"]);
        builder.Logging.ClearProviders();
        var server = new HostileServer(builder.Build(), node);
        server._app.Run(server.AnswerAsync);
        await server._app.StartAsync();
        return server;
    }

    /// <summary>A message with another date, by milliseconds later than its own.</summary>
    public static JsonObject Redate(JsonObject message, double milliseconds)
    {
        var other = (JsonObject)message.DeepClone();
        other["Created"] = (message["Created"]!.GetValue<long>() + (long)(milliseconds * 1e6)) / 1024 * 1024;
        return other;
    }

    /// <summary>A message under another id.</summary>
    public static JsonObject Copy(JsonObject message)
    {
        var other = Redate(message, 1);
        other["Id"] = Guid.NewGuid().ToString();
        return other;
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var reader = context.Request.Host.Host == "localhost" ? Reader.Second : Reader.First;
        using var request = Forward(context.Request);
        using var aborted = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, _app.Lifetime.ApplicationStopping);
        context.RequestAborted = aborted.Token;
        try
        {
            using var answer = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, context.RequestAborted);
            context.Response.StatusCode = (int)answer.StatusCode;
            foreach (var (name, values) in answer.Headers.Concat(answer.Content.Headers))
                if (name is not ("Transfer-Encoding" or "Content-Length")) context.Response.Headers[name] = values.ToArray();
            var body = await answer.Content.ReadAsStreamAsync(context.RequestAborted);
            if (context.Request.Path == "/events") await TamperEventsAsync(reader, body, context);
            else if (context.Request.Path == "/messages" && HttpMethods.IsGet(context.Request.Method)) await TamperPageAsync(reader, body, context);
            else await body.CopyToAsync(context.Response.Body, context.RequestAborted);
        }
        catch (Exception failure) when (failure is OperationCanceledException or IOException or HttpRequestException)
        {
            context.Abort(); // the reader left, or the node stopped
        }
    }

    private HttpRequestMessage Forward(HttpRequest request)
    {
        var forward = new HttpRequestMessage(HttpMethod.Parse(request.Method), $"{_node.Address}{request.Path}{request.QueryString}");
        if (request.ContentType is { } type)
        {
            forward.Content = new StreamContent(request.Body);
            forward.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        }

        foreach (var name in (string[])["Accept", "Last-Event-ID"])
            if (request.Headers.TryGetValue(name, out var value)) forward.Headers.TryAddWithoutValidation(name, value.ToString());
        return forward;
    }

    private async Task TamperPageAsync(Reader reader, Stream body, HttpContext context)
    {
        var page = (await JsonNode.ParseAsync(body, cancellationToken: context.RequestAborted))!;
        var tampered = page is JsonArray messages
            ? new JsonArray([.. messages.SelectMany(one => Decide(reader, (JsonObject)one!)).OrderBy(DateOf)])
            : page;
        await context.Response.WriteAsync(tampered.ToJsonString(), context.RequestAborted);
    }

    private async Task TamperEventsAsync(Reader reader, Stream body, HttpContext context)
    {
        await context.Response.StartAsync(context.RequestAborted);
        using var lines = new StreamReader(body);
        while (await lines.ReadLineAsync(context.RequestAborted) is { } line)
        {
            if (line.StartsWith("id:", StringComparison.Ordinal)) continue;
            if (!line.StartsWith("data: ", StringComparison.Ordinal)) await context.Response.WriteAsync(line + "\n", context.RequestAborted);
            else
            {
                var whole = (JsonObject)JsonNode.Parse(line[6..])!;
                if (whole["Type"]!.GetValue<string>() == "message") await WriteAsync(reader, whole, context);
                else await context.Response.WriteAsync(line + "\n", context.RequestAborted);
            }

            await context.Response.Body.FlushAsync(context.RequestAborted);
        }
    }

    private async Task WriteAsync(Reader reader, JsonObject whole, HttpContext context)
    {
        if (Preface is not null) await context.Response.WriteAsync($"data: {Preface}\n\n", context.RequestAborted);
        foreach (var message in Decide(reader, (JsonObject)whole["Payload"]!))
        {
            var other = (JsonObject)whole.DeepClone();
            (other["Id"], other["Created"], other["Payload"]) = (message["Id"]?.DeepClone(), message["Created"]?.DeepClone(), message);
            await context.Response.WriteAsync($"id: {DateOf(message)}\ndata: {other.ToJsonString()}\n\n", context.RequestAborted);
        }
    }

    private static long DateOf(JsonObject message) => message["Created"] is JsonValue date && date.TryGetValue(out long created) ? created : 0;

    private List<JsonObject> Decide(Reader reader, JsonObject message)
    {
        lock (_lock) return [.. Tamper(reader, (JsonObject)message.DeepClone()).Select(one => (JsonObject)one.DeepClone())];
    }
}

/// <summary>A reader whom the hostile server tells from the others.</summary>
public enum Reader
{
    /// <summary>Whoever came to 127.0.0.1.</summary>
    First,

    /// <summary>Whoever came to localhost.</summary>
    Second,
}
