using System.IO.Pipelines;

namespace Malten.Gateway.Answers;

/// <summary>
/// The body of a response that is written in pieces, each only when the client has taken most of what came before. So
/// however long the body is, a connection holds little of it: one piece, and what the server buffers (64 KiB by default). A
/// client that takes nothing for <see cref="StallLimit"/> is disconnected.
/// </summary>
/// <remarks>ASP.NET Core documentation, "Request and response operations": a flush waits under back-pressure.</remarks>
internal sealed class PacedBody(HttpContext context, TimeProvider time)
{
    /// <summary>How many bytes to write before a flush.</summary>
    public const int PieceBytes = 32 * 1024;

    /// <summary>How long a client may take nothing before it is disconnected.</summary>
    public static readonly TimeSpan StallLimit = TimeSpan.FromSeconds(30);

    /// <summary>Where the next piece is written.</summary>
    public PipeWriter Output { get; } = context.Response.BodyWriter;

    /// <summary>Sends what was written. False when the client has disconnected, or has taken nothing for too long.</summary>
    public async ValueTask<bool> FlushAsync()
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
