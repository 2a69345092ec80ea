using System.Buffers;
using System.IO.Pipelines;
using Malten.Gateway.Limits;
using Malten.Gateway.Requests;
using Malten.Streams.Values;

namespace Malten.Gateway.Answers;

/// <summary>
/// The body of a response that is written in pieces, each only when the client has taken most of what came before. So
/// however long the body is, a connection holds little of it: one piece, and what the server buffers
/// (<see cref="ServerLimits.WriteAheadBytes"/>). What waits for a client is counted to it, where nothing else does
/// (<see cref="UntakenAnswers"/>), and a client that takes nothing for <see cref="StallLimit"/> is disconnected. When time is
/// scarce, each piece waits for its turn as a request does.
/// </summary>
/// <remarks>ASP.NET Core documentation, "Request and response operations": a flush waits under back-pressure.</remarks>
/// <param name="isCounted">Whether what waits is counted elsewhere.</param>
internal sealed class PacedBody(HttpContext context, TimeProvider time, bool isCounted = false)
{
    /// <summary>How many bytes to write before a flush.</summary>
    public const int PieceBytes = 32 * 1024;

    /// <summary>How long a client may take nothing before it is disconnected.</summary>
    public static readonly TimeSpan StallLimit = TimeSpan.FromSeconds(30);

    private const int BlockBytes = 4096;

    private readonly Turns _turns = context.RequestServices.GetRequiredService<Turns>();
    private readonly UntakenAnswers? _untaken = isCounted ? null : context.RequestServices.GetRequiredService<UntakenAnswers>();
    private readonly ClientKey _client = context.RequestServices.GetRequiredService<ClientKeys>().Of(context);

    // Whatever little was written, it waits only when a buffer of the server is full: over HTTP/2, a block of the request's own.
    private readonly int _least = HttpProtocol.IsHttp2(context.Request.Protocol) ? BlockBytes : ServerLimits.WriteAheadBytes;

    /// <summary>Where the next piece is written.</summary>
    public PipeWriter Output { get; } = context.Response.BodyWriter;

    /// <summary>The body of the response to a request, by the clock of its application.</summary>
    /// <param name="context">The request.</param>
    /// <param name="isCounted">Whether what waits is counted elsewhere.</param>
    public static PacedBody Of(HttpContext context, bool isCounted = false) =>
        new(context, context.RequestServices.GetRequiredService<TimeProvider>(), isCounted);

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
        if (Output.UnflushedBytes >= PieceBytes) return await FlushPieceAsync();
        return await FlushAndWatchAsync();
    }

    /// <summary>The same for a piece, after which there is more: it waits for its turn, however few bytes it has.</summary>
    public async ValueTask<bool> FlushPieceAsync()
    {
        if (!await FlushAndWatchAsync()) return false;
        await _turns.WaitAsync(_client, context.RequestAborted);
        return true;
    }

    private async ValueTask<bool> FlushAndWatchAsync()
    {
        var bytes = Output.UnflushedBytes;
        var flush = Output.FlushAsync(CancellationToken.None);
        if (flush.IsCompleted) return !(await flush).IsCompleted;
        using var untaken = _untaken?.Begin(_client, Math.Max(bytes, _least) + RequestText.BytesBeyondUsual(context.Request));
        try
        {
            return !(await flush.AsTask().WaitAsync(StallLimit, time, untaken?.Given ?? CancellationToken.None)).IsCompleted;
        }
        catch (Exception failure) when (failure is TimeoutException or OperationCanceledException)
        {
            context.Abort();
            return false;
        }
    }
}
