using System.Text.Json.Serialization;
using Malten.Streams.Events;
using Malten.Streams.Life;
using Malten.Streams.Listeners;
using Microsoft.AspNetCore.Mvc;

namespace Malten.Gateway.Answers;

/// <summary>
/// The JSON of answers that the streams have not encoded themselves: names as spelled, null members left out.
/// </summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(StreamBegun))]
[JsonSerializable(typeof(PipeBegun))]
[JsonSerializable(typeof(BytesTaken))]
[JsonSerializable(typeof(IceServers))]
[JsonSerializable(typeof(Health))]
[JsonSerializable(typeof(Presence))]
[JsonSerializable(typeof(OrderedDictionary<string, StreamListing>))]
[JsonSerializable(typeof(ProblemDetails))]
[JsonSerializable(typeof(long))] // of its extension members
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(Stream))] // of bytes: only described
internal sealed partial class AnswerJson : JsonSerializerContext
{
    /// <summary>Makes it the JSON of typed results, and so of the schemas in the description of the API.</summary>
    public static void Configure(Microsoft.AspNetCore.Http.Json.JsonOptions json)
    {
        var options = json.SerializerOptions;
        options.TypeInfoResolverChain.Insert(0, Default);
        options.TypeInfoResolverChain.Insert(1, WireJson.Default); // what streams encode themselves is only described
        options.PropertyNamingPolicy = null;
        options.NumberHandling = JsonNumberHandling.Strict;
        options.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
    }
}

/// <summary>The answer to <c>POST /streams</c>.</summary>
/// <param name="Stream">The stream's name.</param>
/// <param name="Private">Whether it stays off the public list.</param>
/// <param name="Ttl">How long it lives after its last message, in seconds.</param>
/// <param name="Keep">How many of its newest messages it holds.</param>
internal sealed record StreamBegun(
    [property: JsonPropertyName("stream")] string Stream,
    [property: JsonPropertyName("private")] bool Private,
    [property: JsonPropertyName("ttl")] int Ttl,
    [property: JsonPropertyName("keep")] int Keep);

/// <summary>The answer to <c>POST /pipes</c>.</summary>
/// <param name="Stream">The pipe's random name.</param>
/// <param name="Seats">Its two secrets; every use of the pipe needs one of them.</param>
/// <param name="Ttl">How long it lives after its last message, in seconds.</param>
internal sealed record PipeBegun(
    [property: JsonPropertyName("stream")] string Stream,
    [property: JsonPropertyName("seats")] IReadOnlyList<string> Seats,
    [property: JsonPropertyName("ttl")] int Ttl);

/// <summary>The answer to <c>POST /bytes</c>.</summary>
/// <param name="Taken">How many bytes the body had; the receiver's connection has taken all of them.</param>
internal sealed record BytesTaken(long Taken);

/// <summary>The answer to <c>GET /ice</c>: the configuration of an <c>RTCPeerConnection</c>.</summary>
/// <param name="Servers">The servers that two pages may ask; none, where none is configured.</param>
internal sealed record IceServers([property: JsonPropertyName("iceServers")] IReadOnlyList<IceServer> Servers);

/// <summary>Servers of one kind, as <c>RTCIceServer</c> of WebRTC has them.</summary>
/// <param name="Urls">Their addresses.</param>
/// <param name="Username">Whom to be towards those that relay: when the credential ends, in Unix seconds, and a name.</param>
/// <param name="Credential">What proves it.</param>
internal sealed record IceServer(
    [property: JsonPropertyName("urls")] IReadOnlyList<string> Urls,
    [property: JsonPropertyName("username")] string? Username = null,
    [property: JsonPropertyName("credential")] string? Credential = null)
{
    /// <inheritdoc/>
    public override string ToString() => "(ICE servers)"; // a credential must not reach a log by interpolation
}

/// <summary>The answer to <c>GET /healthz</c> and <c>GET /readyz</c>.</summary>
/// <param name="Status"><c>live</c> or <c>ready</c>.</param>
internal sealed record Health(string Status);
