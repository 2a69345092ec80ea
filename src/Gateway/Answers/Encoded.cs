using System.Reflection;
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

/// <summary>What encoded answers have in common.</summary>
internal static class Encoded
{
    public const string ContentType = "application/json; charset=utf-8";

    /// <summary>Says in an endpoint's metadata what it answers with.</summary>
    public static ProducesResponseTypeMetadata Described<T>() => new(StatusCodes.Status200OK, typeof(T), ["application/json"]);
}
