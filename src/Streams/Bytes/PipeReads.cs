using System.IO.Pipelines;

namespace Malten.Streams.Bytes;

/// <summary>Ends reads of the bodies of requests.</summary>
public static class PipeReads
{
    /// <summary>
    /// Ends a read that is under way, if there is one, so that it returns nothing. Never throws: it is called by timers, whose
    /// exceptions would end the process.
    /// </summary>
    /// <remarks>
    /// dotnet/aspnetcore, <c>HttpRequestPipeReader</c>: <see cref="PipeReader.CancelPendingRead"/> throws once the request was
    /// aborted or has ended. Then no read waits that would have to be ended.
    /// </remarks>
    public static void End(PipeReader body)
    {
        try
        {
            body.CancelPendingRead();
        }
        catch (Exception)
        {
            // the request was aborted, or has ended
        }
    }
}
