namespace Malten.Client;

/// <summary>Which messages to read, and in which order.</summary>
public sealed record ReadOptions
{
    /// <summary>True yields the newest message first and walks back; false yields the oldest first.</summary>
    public bool NewestFirst { get; init; }

    /// <summary>
    /// Where to begin, itself excluded: only messages after it, or, with <see cref="NewestFirst"/>, before it. Null begins at the
    /// oldest message that is held, as <see cref="Timestamp.Beginning"/> does, or at the newest.
    /// </summary>
    public Timestamp? From { get; init; }

    /// <summary>How many messages one request asks for: 1–1024.</summary>
    public int PageSize { get; init; } = 256;

    /// <summary>For a pipe: one of its two secrets. Not part of the string that <see cref="ToString"/> makes.</summary>
    public string? Seat { get; init; }

    /// <summary>The options, without secrets.</summary>
    public override string ToString() => $"{nameof(ReadOptions)} {{ NewestFirst = {NewestFirst}, From = {From}, PageSize = {PageSize} }}";
}
