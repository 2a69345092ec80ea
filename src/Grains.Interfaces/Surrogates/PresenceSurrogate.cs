using Malten.Streams;

namespace Malten.Grains.Interfaces.Surrogates;

/// <summary>Presence on the wire.</summary>
[GenerateSerializer, Immutable, Alias("malten.presence")]
internal readonly record struct PresenceSurrogate(int Observers, string[] Users, PresenceStatus[] Statuses);
