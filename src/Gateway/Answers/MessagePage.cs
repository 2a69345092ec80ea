using System.Buffers;
using System.IO.Pipelines;
using System.Reflection;
using Malten.Streams;
using Malten.Streams.Events;
using Malten.Streams.Feeds;
using Malten.Streams.Values;
using Microsoft.AspNetCore.Http.Metadata;

namespace Malten.Gateway.Answers;

/// <summary>
/// A page of messages, each already encoded, as a JSON array. However long the page is and however slowly it is taken, one
/// piece of it is held: the next is read once the client has taken most of the one before. Where the stream has evicted what
/// comes next meanwhile, or has ended, the client is disconnected, so that it sees that the page is not whole.
/// </summary>
/// <param name="page">What is asked for; its pieces have <see cref="PieceBytes"/>.</param>
/// <param name="first">The first piece.</param>
/// <param name="broker">Where the other pieces are read.</param>
internal sealed class MessagePage(PageRequest page, IReadOnlyList<Frame> first, IStreamBroker broker) : IResult, IEndpointMetadataProvider
{
    /// <summary>How many bytes of messages are read, and written, at once.</summary>
    public const int PieceBytes = PacedBody.PieceBytes;

    private bool IsForward => page.Direction == PageDirection.Forward;

    // The oldest gives way first. So while the last message of a piece is held, which the next one begins with again, all
    // that come after it are.
    private int Repeated => IsForward ? 1 : 0;

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.ContentType = Encoded.ContentType;
        if (IsLast(first, page)) response.ContentLength = "[]".Length + Math.Max(0, first.Count - 1) + first.Sum(message => (long)message.Payload.Length);
        if (httpContext.Request.IsHead())
        {
            LetGo(first);
            return;
        }

        var body = PacedBody.Of(httpContext);
        body.Output.Write("["u8);
        var (asked, piece) = (page, first);
        while (true)
        {
            Write(piece, piece == first ? 0 : Repeated, piece == first, body.Output);
            var (isLast, last) = (IsLast(piece, asked), piece.Count > 0 ? piece[^1].Timestamp : Timestamp.None);
            LetGo(piece); // none is held twice while the client takes nothing
            if (isLast)
            {
                body.Output.Write("]"u8);
                await body.FlushAsync();
                return;
            }

            if (!await body.FlushPieceAsync()) return;
            asked = asked with { Limit = asked.Limit - piece.Count + Repeated, Last = IsForward ? last.Previous : last };
            if (await ReadAsync(asked, httpContext) is not { } next || (IsForward && (next.Count == 0 || next[0].Timestamp != last)))
            {
                httpContext.Abort();
                return;
            }

            piece = next;
        }
    }

    static void IEndpointMetadataProvider.PopulateMetadata(MethodInfo method, EndpointBuilder builder) =>
        builder.Metadata.Add(Encoded.Described<Message[]>());

    private static bool IsLast(IReadOnlyList<Frame> piece, PageRequest asked) =>
        piece.Count == asked.Limit || piece.Sum(message => (long)message.Bytes.Length) < asked.MaxBytes;

    private static void LetGo(IReadOnlyList<Frame> piece)
    {
        foreach (var message in piece) message.LetGo();
    }

    private static void Write(IReadOnlyList<Frame> piece, int start, bool isFirst, PipeWriter output)
    {
        for (var i = start; i < piece.Count; i++)
        {
            if (i > 0 || !isFirst) output.Write(","u8);
            output.Write(piece[i].Payload.Span);
        }
    }

    private async ValueTask<IReadOnlyList<Frame>?> ReadAsync(PageRequest asked, HttpContext httpContext)
    {
        try
        {
            return await broker.ReadAsync(asked, httpContext.RequestAborted);
        }
        catch (Exception failure) when (failure is StreamRefusedException or OperationCanceledException)
        {
            return null;
        }
    }
}
