namespace Malten.Streams;

/// <summary>What one read has written.</summary>
/// <param name="Messages">How many messages.</param>
/// <param name="Bytes">How many bytes, other events included.</param>
/// <param name="Oldest">The timestamp of the first message, or 0.</param>
public readonly record struct FeedBatch(int Messages, int Bytes, long Oldest);
