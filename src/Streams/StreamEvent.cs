namespace Malten.Streams;

/// <summary>What a listener is sent: an envelope around a payload; members are spelled as on the wire.</summary>
/// <param name="Id">The event's own id; for a message, the message's.</param>
/// <param name="Type"><c>message</c>, <c>event</c> or <c>command</c>.</param>
/// <param name="Created">Unix nanoseconds; for a message, its <see cref="Timestamp"/>.</param>
/// <param name="Payload">What happened.</param>
/// <typeparam name="T">The payload: a <see cref="Message"/>, a <see cref="Notice"/> or a <see cref="CommandPayload"/>.</typeparam>
public sealed record StreamEvent<T>(Guid Id, string Type, long Created, T Payload);
