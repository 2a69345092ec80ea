using System.Reflection;
using Malten.Streams.Events;
using Microsoft.AspNetCore.Http.Metadata;

namespace Malten.Gateway.Answers;

/// <summary>A <typeparamref name="T"/> that is already encoded as UTF-8 JSON.</summary>
/// <param name="json">The JSON.</param>
/// <param name="frame">The frame of which it is a part, if it is one: let go of once it is written.</param>
internal sealed class Encoded<T>(ReadOnlyMemory<byte> json, Frame frame = default) : IResult, IEndpointMetadataProvider
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.ContentType = Encoded.ContentType;
        httpContext.Response.ContentLength = json.Length;
        if (!httpContext.Request.IsHead()) await PacedBody.Of(httpContext).WriteAsync(json);
        frame.LetGo();
    }

    static void IEndpointMetadataProvider.PopulateMetadata(MethodInfo method, EndpointBuilder builder) =>
        builder.Metadata.Add(Encoded.Described<T>());
}

/// <summary>What encoded answers have in common.</summary>
internal static class Encoded
{
    public const string ContentType = "application/json; charset=utf-8";

    /// <summary>Says in an endpoint's metadata what it answers with.</summary>
    public static ProducesResponseTypeMetadata Described<T>() => new(StatusCodes.Status200OK, typeof(T), ["application/json"]);
}
