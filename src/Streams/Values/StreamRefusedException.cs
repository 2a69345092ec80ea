namespace Malten.Streams.Values;

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

    /// <summary>When a later attempt may succeed, from now; null when that is not known.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>How many bytes of a body the receiver's connection has taken; null where no body was being received.</summary>
    public long? Taken { get; init; }

    internal static StreamRefusedException BadValue(string parameter, string detail) =>
        new(Refusal.BadValue, detail, parameter);
}

/// <summary>Why a request to a stream was refused. A refused request changed nothing.</summary>
public enum Refusal
{
    /// <summary>A value is outside its limits; the exception names the parameter.</summary>
    BadValue,

    /// <summary>The stream is a pipe, or was one, and the seat given is not one of its two.</summary>
    NotYours,

    /// <summary>A stream of the requested name is in use.</summary>
    NameTaken,

    /// <summary>The node holds as much as it may: streams, listeners or bytes.</summary>
    Full,

    /// <summary>Too much is under way for this caller or stream; a later attempt may succeed.</summary>
    Busy,

    /// <summary>The stream can't be reached now (cluster only). Nothing is known to be lost, and a retry may succeed.</summary>
    Unavailable,

    /// <summary>Whoever it is for does not listen to the stream.</summary>
    NotListening,

    /// <summary>The stream for which the request was meant has ended; no retry will succeed.</summary>
    Ended,

    /// <summary>Nobody receives what was to be sent.</summary>
    NoReceiver,

    /// <summary>Whoever received has gone before all was taken.</summary>
    ReceiverGone,

    /// <summary>Another request is sending on that channel.</summary>
    ChannelBusy,

    /// <summary>The body of the request brings nothing for too long.</summary>
    TooSlow,
}
