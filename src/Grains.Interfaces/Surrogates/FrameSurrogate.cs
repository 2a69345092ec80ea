using Malten.Streams;

namespace Malten.Grains.Interfaces.Surrogates;

/// <summary>A frame on the wire.</summary>
[GenerateSerializer, Immutable, Alias("malten.frame")]
internal readonly record struct FrameSurrogate(FrameKind Kind, long Timestamp, Guid Id, byte[] Bytes);
