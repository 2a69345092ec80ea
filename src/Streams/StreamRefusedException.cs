namespace Malten.Streams;

/// <summary>
/// A request that was refused and changed nothing. The message is for the caller: it says what to change and never
/// repeats a text or a stream name.
/// </summary>
public sealed class StreamRefusedException(Refusal refusal, string detail, string? parameter = null)
    : Exception(detail)
{
    /// <summary>Why it was refused.</summary>
    public Refusal Refusal { get; } = refusal;

    /// <summary>The parameter at fault, by its name in the wire contract; null when none is.</summary>
    public string? Parameter { get; } = parameter;

    internal static StreamRefusedException BadValue(string parameter, string detail) =>
        new(Refusal.BadValue, detail, parameter);
}
