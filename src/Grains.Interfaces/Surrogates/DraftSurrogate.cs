using Malten.Streams;

namespace Malten.Grains.Interfaces.Surrogates;

/// <summary>A draft on the wire.</summary>
[GenerateSerializer, Immutable, Alias("malten.draft")]
internal readonly record struct DraftSurrogate(
    StreamAddress Address, string Text, string? User, Guid? Id, Guid? ReplyTo, long Begun, bool IsNew);
