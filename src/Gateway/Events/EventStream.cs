using System.Reflection;
using Malten.Gateway.Limits;
using Malten.Gateway.Shutdown;
using Malten.Gateway.Telemetry;
using Malten.Streams.Feeds;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Malten.Gateway.Events;

/// <summary>
/// The answer to <c>GET /events</c>: server-sent events (WHATWG HTML, 9.2), or JSON lines, for as long as the connection is
/// open. Owns its reader.
/// </summary>
internal sealed class EventStream(FeedReader reader, TimeProvider time, GatewayMetrics metrics, Drain drain)
    : IResult, IEndpointMetadataProvider
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        using var listening = ListeningConnection.Of(httpContext);
        await using var owned = reader;
        var response = httpContext.Response;
        reader.Format = Negotiation.Choose(httpContext.Request);
        response.ContentType = Negotiation.ContentType(reader.Format);
        response.Headers.Append("Vary", "Accept");
        response.Headers.CacheControl = "no-store";
        response.Headers["X-Accel-Buffering"] = "no"; // nginx would hold events back
        httpContext.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        // The writer has its own limit for a stalled client; the server's would be applied to an idle stream.
        if (httpContext.Features.Get<IHttpMinResponseDataRateFeature>() is { } rate) rate.MinDataRate = null;
        using var writer = new EventWriter(httpContext, reader, time, metrics, drain.Begun);
        await writer.RunAsync();
    }

    static void IEndpointMetadataProvider.PopulateMetadata(MethodInfo method, EndpointBuilder builder) =>
        builder.Metadata.Add(new ProducesResponseTypeMetadata(StatusCodes.Status200OK, typeof(string),
            [.. Enum.GetValues<EventFormat>().Select(Negotiation.ContentType)]));
}
