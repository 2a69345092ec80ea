using System.Buffers;
using System.IO.Pipelines;
using Malten.Gateway.Limits;
using Malten.Streams.Values;

namespace Malten.Gateway.Answers;

/// <summary>
/// The body of a response that is written in pieces, each only when the client has taken most of what came before. So
/// however long the body is, a connection holds little of it: one piece, and what the server buffers (64 KiB by default). A
/// client that takes nothing for <see cref="StallLimit"/> is disconnected. When time is scarce, each piece waits for its turn
/// as a request does.
/// </summary>
/// <remarks>ASP.NET Core documentation, "Request and response operations": a flush waits under back-pressure.</remarks>
internal sealed class PacedBody(HttpContext context, TimeProvider time)
{
    /// <summary>How many bytes to write before a flush.</summary>
    public const int PieceBytes = 32 * 1024;

    /// <summary>How long a client may take nothing before it is disconnected.</summary>
    public static readonly TimeSpan StallLimit = TimeSpan.FromSeconds(30);

    private readonly Turns _turns = context.RequestServices.GetRequiredService<Turns>();
    private readonly ClientKey _client = context.RequestServices.GetRequiredService<ClientKeys>().Of(context);

    /// <summary>Where the next piece is written.</summary>
    public PipeWriter Output { get; } = context.Response.BodyWriter;

    /// <summary>The body of the response to a request, by the clock of its application.</summary>
    public static PacedBody Of(HttpContext context) => new(context, context.RequestServices.GetRequiredService<TimeProvider>());

    /// <summary>Writes a whole body in pieces. A client that does not take all of it is disconnected.</summary>
    public async Task WriteAsync(ReadOnlyMemory<byte> body)
    {
        for (; body.Length > PieceBytes; body = body[PieceBytes..])
        {
            Output.Write(body.Span[..PieceBytes]);
            if (await FlushAsync()) continue;
            context.Abort(); // the server would take the rest of the length for the application's fault
            return;
        }

        Output.Write(body.Span);
        await FlushAsync();
    }

    /// <summary>Sends what was written. False when the client has disconnected, or has taken nothing for too long.</summary>
    public async ValueTask<bool> FlushAsync()
    {
        var isPiece = Output.UnflushedBytes >= PieceBytes;
        var isOpen = await FlushAndWatchAsync();
        if (isOpen && isPiece) await _turns.WaitAsync(_client, context.RequestAborted);
        return isOpen;
    }

    private async ValueTask<bool> FlushAndWatchAsync()
    {
        var flush = Output.FlushAsync(CancellationToken.None);
        if (flush.IsCompleted) return !(await flush).IsCompleted;
        try
        {
            return !(await flush.AsTask().WaitAsync(StallLimit, time)).IsCompleted;
        }
        catch (TimeoutException)
        {
            context.Abort();
            return false;
        }
    }
}
