using Malten.Streams;

namespace Malten.Grains.Interfaces.Surrogates;

/// <summary>One node's presence on the wire.</summary>
[GenerateSerializer, Immutable, Alias("malten.node-presence")]
internal readonly record struct NodePresenceSurrogate(Presence Presence, int AtFirstSeat, int AtSecondSeat, long Number);
