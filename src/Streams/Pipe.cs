using Malten.Streams.Values;

namespace Malten.Streams;

/// <summary>A stream for two.</summary>
/// <param name="Name">Its random name.</param>
/// <param name="Seats">Two secrets; every use of the stream needs one of them.</param>
/// <param name="TimeToLive">How long it lives after its last message.</param>
public sealed record Pipe(StreamName Name, IReadOnlyList<string> Seats, TimeToLive TimeToLive);
