using Malten.Streams.Values;

namespace Malten.Streams;

/// <summary>Why a signal is refused, in words, wherever it is.</summary>
public static class SignalRefusals
{
    /// <summary>The session is not open, or does not hear the stream.</summary>
    public static StreamRefusedException NotYours() => new(Refusal.NotYours,
        "No connection with this session is open that hears this stream.", "session");

    /// <summary>The refusal of the listener that a signal is for.</summary>
    public static StreamRefusedException Of(Refusal refusal) => refusal switch
    {
        Refusal.NotListening => new(refusal, "Nobody with this handle listens to this stream.", "to"),
        Refusal.Busy => new(refusal, $"{StreamLimits.SignalsWaiting} signals wait for this listener already; say it again shortly.", "to"),
        _ => Limits.Capacity.Full(),
    };
}
