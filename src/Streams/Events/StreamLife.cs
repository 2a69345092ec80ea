using Malten.Streams.Values;

namespace Malten.Streams.Events;

/// <summary>The life of a stream in use, as a listener is told of it when it comes; members are spelled as on the wire.</summary>
/// <param name="Stream">The stream's name.</param>
/// <param name="Ttl">How long it lives after its last message, in seconds.</param>
/// <param name="Keep">How many of its newest messages it holds.</param>
/// <param name="Ends">When it ends if nothing is posted.</param>
public sealed record StreamLife(string Stream, int Ttl, int Keep, Timestamp Ends);
