using Malten.Gateway.Errors;

namespace Malten.Gateway.Limits;

/// <summary>
/// Has requests wait for their turn when time is scarce, before their bodies are read. A connection whose request waits
/// sends no other (HTTP/1.1), so waiting slows a flood where answers with 429 would not. Probes take turns too, but for so many
/// as monitors make, which are served however busy the node is.
/// </summary>
internal sealed class TurnMiddleware(RequestDelegate next, Turns turns, ClientKeys clients, Problems problems)
{
    public Task InvokeAsync(HttpContext context)
    {
        var client = clients.Of(context);
        var wait = IsProbe(context.Request.Path) ? turns.TakeProbe(client) : turns.Take(client);
        return wait == TimeSpan.Zero ? next(context) : WaitAsync(context, wait);
    }

    private static bool IsProbe(PathString path) => path == "/healthz" || path == "/readyz";

    private async Task WaitAsync(HttpContext context, TimeSpan wait)
    {
        await Task.Delay(wait, context.RequestAborted);
        if (wait < Turns.Patience) await next(context);
        else
            await problems.WriteAsync(context, StatusCodes.Status429TooManyRequests, "Too many requests",
                "This node is busy, and nobody asks more of it than this client or its network; try again shortly.", "Turn");
    }
}
