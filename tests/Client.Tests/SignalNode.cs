using System.Collections.Concurrent;
using System.Threading.Channels;
using Malten.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Malten.Client.Tests;

/// <summary>A server of the part of the contract that is about signals: <c>/events</c> with handles, and <c>/signals</c>.</summary>
internal sealed class SignalNode : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, (string Handle, Channel<string> Events)> _sessions = new();
    private readonly WebApplication _app;
    private int _listeners;

    private SignalNode()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        _app = builder.Build();
        _app.MapGet("/messages", () => Results.Content("[]", "application/json"));
        _app.MapGet("/events", ListenAsync);
        _app.MapPost("/signals", Signal).DisableAntiforgery();
    }

    public Uri Address => new(_app.Urls.First());

    public static async Task<SignalNode> StartAsync()
    {
        var node = new SignalNode();
        await node._app.StartAsync();
        return node;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (_, events) in _sessions.Values) events.Writer.TryComplete();
        await _app.DisposeAsync();
    }

    private async Task ListenAsync(HttpContext context)
    {
        var (session, handle, stream) = (Guid.NewGuid().ToString("N"), $"L{Interlocked.Increment(ref _listeners)}", context.Request.Query["stream"]);
        var events = Channel.CreateUnbounded<string>();
        context.Response.ContentType = "text/event-stream";
        events.Writer.TryWrite(ScriptedNode.Event(
            $$"""{"Name":"open","Session":"{{session}}","Listener":"{{handle}}","Streams":["{{stream}}"],"""
            + $$"""  "Lives":[{"Stream":"{{stream}}","Ttl":60,"Keep":0,"Ends":2048}]}"""));
        _sessions[session] = (handle, events);
        await foreach (var one in events.Reader.ReadAllAsync(context.RequestAborted))
        {
            await context.Response.WriteAsync(one);
            await context.Response.Body.FlushAsync();
        }
    }

    private async Task<IResult> Signal(HttpRequest request)
    {
        var form = await request.ReadFormAsync();
        if (!_sessions.TryGetValue(form["session"].ToString(), out var sender))
            return Results.Problem("No connection with this session is open.", statusCode: StatusCodes.Status403Forbidden);
        var to = form["to"].ToString();
        var addressee = to.Length > 0 ? $"\"To\":\"{to}\"," : "";
        var signal = ScriptedNode.Event(
            $$"""{"Stream":"{{form["stream"]}}","From":"{{sender.Handle}}",{{addressee}}"Text":"{{form["message"]}}"}""", "signal");
        var hearing = _sessions.Values.Where(one => to.Length == 0 || one.Handle == to).ToList();
        if (hearing.Count == 0) return Results.Problem("Nobody with this handle listens.", statusCode: StatusCodes.Status404NotFound);
        foreach (var one in hearing) one.Events.Writer.TryWrite(signal);
        return Results.StatusCode(StatusCodes.Status202Accepted);
    }
}
