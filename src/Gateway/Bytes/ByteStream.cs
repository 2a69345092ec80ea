using System.Reflection;
using Malten.Gateway.Limits;
using Malten.Gateway.Shutdown;
using Malten.Streams.Bytes;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Malten.Gateway.Bytes;

/// <summary>
/// The answer to <c>GET /bytes</c>: what the other seat sends, as it comes. It ends where the sender ends; whatever else ends it
/// closes the connection, so that the client sees that the answer is not whole (RFC 9112, 8). Owns its receiver.
/// </summary>
internal sealed class ByteStream(ByteReceiver receiver, Drain drain) : IResult, IEndpointMetadataProvider
{
    public const string ContentType = "application/octet-stream";

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        using var listening = ListeningConnection.Of(httpContext);
        await using var owned = receiver;
        var response = httpContext.Response;
        response.ContentType = ContentType;
        response.Headers["X-Accel-Buffering"] = "no"; // nginx would hold bytes back
        httpContext.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        // The body has its own limit for a stalled client; the server's would be applied while there is nothing to send.
        if (httpContext.Features.Get<IHttpMinResponseDataRateFeature>() is { } rate) rate.MinDataRate = null;
        // At once, also where a write waits for the client.
        await using var cut = receiver.Cut.UnsafeRegister(static context => ((HttpContext)context!).Abort(), httpContext);
        await using var drained = drain.Begun.UnsafeRegister(static context => ((HttpContext)context!).Abort(), httpContext);
        var body = new ByteBody(httpContext);
        if (!await body.OpenAsync() || !await receiver.RunAsync(body, httpContext.RequestAborted))
        {
            httpContext.Abort();
            return;
        }

        // Once the client has seen the end, its connection may be another request's.
        await cut.DisposeAsync();
        await drained.DisposeAsync();
        await response.CompleteAsync();
    }

    static void IEndpointMetadataProvider.PopulateMetadata(MethodInfo method, EndpointBuilder builder) =>
        builder.Metadata.Add(new ProducesResponseTypeMetadata(StatusCodes.Status200OK, typeof(Stream), [ContentType]));
}
