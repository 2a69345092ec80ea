using Malten.Streams;

namespace Malten.Grains.Interfaces.Surrogates;

/// <summary>A command on the wire.</summary>
[GenerateSerializer, Immutable, Alias("malten.command")]
internal readonly record struct CommandSurrogate(
    Guid Id, StreamAddress Address, string Prompt, long Created, long Begun);
