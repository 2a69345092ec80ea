using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Malten.Membership.Protocol;

/// <summary>A request to an acceptor: one of the records below.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "ask")]
[JsonDerivedType(typeof(Query), "query")]
[JsonDerivedType(typeof(Prepare), "prepare")]
[JsonDerivedType(typeof(Accept), "accept")]
[JsonDerivedType(typeof(Recover), "recover")]
[JsonDerivedType(typeof(FoundGeneration), "found")]
internal abstract record Request;

/// <summary>Asks for the state and changes nothing. An acceptor that takes part grants it.</summary>
internal sealed record Query : Request;

/// <summary>
/// Asks for the promise to accept nothing below the ballot, and for the newest accepted entry, in any generation.
/// </summary>
internal sealed record Prepare(Ballot Ballot) : Request;

/// <summary>
/// Asks to accept the entry. An acceptor refuses if it promised a higher ballot or is in another generation.
/// </summary>
internal sealed record Accept(Generation Generation, Ballot Ballot, Entry Entry) : Request;

/// <summary>
/// Sent by a seed that lost its memory. Whoever grants it no longer counts replies from the seed's earlier
/// incarnations.
/// </summary>
internal sealed record Recover(int Seed, Incarnation Incarnation) : Request;

/// <summary>
/// Asks to begin an empty generation. An acceptor grants it if it is still the listed incarnation and still has no
/// memory.
/// </summary>
/// <param name="Generation">The new generation.</param>
/// <param name="Founders">For each seed, the incarnation that was seen without memory, or none.</param>
internal sealed record FoundGeneration(Generation Generation, ImmutableArray<Incarnation> Founders) : Request;

/// <summary>An acceptor's answer.</summary>
/// <param name="Granted">Whether it did what was asked.</param>
/// <param name="State">
/// Its state afterwards; without the entry in replies to <see cref="Accept"/> and <see cref="FoundGeneration"/>.
/// </param>
internal sealed record Reply(bool Granted, AcceptorState State);

/// <summary>The JSON of requests and replies.</summary>
[JsonSourceGenerationOptions(
    // The generated fast path writes a null byte array as an empty string.
    GenerationMode = JsonSourceGenerationMode.Metadata,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(Request))]
[JsonSerializable(typeof(Reply))]
internal sealed partial class MessageJson : JsonSerializerContext;
