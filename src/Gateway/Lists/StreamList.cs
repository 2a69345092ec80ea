using System.Buffers;
using System.Reflection;
using Malten.Gateway.Answers;
using Malten.Streams.Life;
using Microsoft.AspNetCore.Http.Metadata;

namespace Malten.Gateway.Lists;

/// <summary>
/// A list of public streams, as a JSON object by name. It is encoded piece by piece as the client takes it, so one that takes it
/// slowly makes the node hold little; one that has not taken it within <see cref="Limit"/> is disconnected, because the streams
/// of its list may have ended.
/// </summary>
internal sealed class StreamList(ArraySegment<ListedStream> streams) : IResult, IEndpointMetadataProvider
{
    /// <summary>How long a client may take to read a list. The longest has 1.7 MB, a usual one 100 KB.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.ContentType = Encoded.ContentType;
        if (httpContext.Request.IsHead()) return;
        var time = httpContext.RequestServices.GetRequiredService<TimeProvider>();
        var (body, began, written) = (new PacedBody(httpContext, time), time.GetTimestamp(), 0);
        body.Output.Write("{"u8);
        for (var i = 0; i < streams.Count; i++)
        {
            if (i > 0) body.Output.Write(","u8);
            var stream = streams[i].Encode();
            body.Output.Write(stream.Span);
            if ((written += stream.Length) < PacedBody.PieceBytes) continue;
            written = 0;
            if (await body.FlushAsync() && time.GetElapsedTime(began) < Limit) continue;
            httpContext.Abort();
            return;
        }

        body.Output.Write("}"u8);
        await body.FlushAsync();
    }

    static void IEndpointMetadataProvider.PopulateMetadata(MethodInfo method, EndpointBuilder builder) =>
        builder.Metadata.Add(Encoded.Described<OrderedDictionary<string, StreamListing>>());
}
