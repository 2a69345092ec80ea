using System.Buffers;
using System.Reflection;
using Malten.Streams.Events;
using Microsoft.AspNetCore.Http.Metadata;

namespace Malten.Gateway.Answers;

/// <summary>A <typeparamref name="T"/> that is already encoded as UTF-8 JSON.</summary>
internal sealed class Encoded<T>(ReadOnlyMemory<byte> json) : IResult, IEndpointMetadataProvider
{
    public Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.ContentType = Encoded.ContentType;
        httpContext.Response.ContentLength = json.Length;
        return httpContext.Response.BodyWriter.WriteAsync(json, CancellationToken.None).AsTask(); // fails when the client disconnects
    }

    static void IEndpointMetadataProvider.PopulateMetadata(MethodInfo method, EndpointBuilder builder) =>
        builder.Metadata.Add(Encoded.Described<T>());
}

/// <summary>Messages, each already encoded, as a JSON array. They are shared with the stream, and copied piece by piece.</summary>
internal sealed class EncodedPage(IReadOnlyList<Frame> messages) : IResult, IEndpointMetadataProvider
{
    // Until it is taken, a page keeps messages that its stream may have evicted.
    private static readonly TimeSpan PageLimit = TimeSpan.FromSeconds(60);

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        var commas = Math.Max(0, messages.Count - 1);
        response.ContentType = Encoded.ContentType;
        response.ContentLength = "[]".Length + commas + messages.Sum(message => (long)message.Payload.Length);
        var time = httpContext.RequestServices.GetRequiredService<TimeProvider>();
        var begun = time.GetTimestamp();
        var body = new PacedBody(httpContext, time);
        body.Output.Write("["u8);
        var written = 0;
        for (var i = 0; i < messages.Count; i++)
        {
            if (i > 0) body.Output.Write(","u8);
            var length = messages[i].Payload.Length;
            body.Output.Write(messages[i].Payload.Span);
            if (messages is Frame[] own) own[i] = default; // so that a message which its stream evicts meanwhile is gone
            if ((written += length) < PacedBody.PieceBytes) continue;
            if (time.GetElapsedTime(begun) > PageLimit)
            {
                httpContext.Abort();
                return;
            }

            if (!await body.FlushAsync()) return;
            written = 0;
        }

        body.Output.Write("]"u8);
        await body.FlushAsync();
    }

    static void IEndpointMetadataProvider.PopulateMetadata(MethodInfo method, EndpointBuilder builder) =>
        builder.Metadata.Add(Encoded.Described<Message[]>());
}

/// <summary>What encoded answers have in common.</summary>
file static class Encoded
{
    public const string ContentType = "application/json; charset=utf-8";

    /// <summary>Says in an endpoint's metadata what it answers with.</summary>
    public static ProducesResponseTypeMetadata Described<T>() => new(StatusCodes.Status200OK, typeof(T), ["application/json"]);
}
