using Malten.Gateway.Settings;
using Malten.Streams.Events;
using Malten.Streams.Values;
using Microsoft.Extensions.Options;

namespace Malten.Gateway.Limits;

/// <summary>
/// How fast one client may say signals to all who hear a stream, each of whom costs the node a copy: five times as fast as it may
/// post there, and beside its posts. A long signal counts as several, one for each 512 UTF-16 code units begun: it is let in while
/// one may be said, and the next waits for the rest. What is for one listener is not paced: it costs one copy, as its request does.
/// Thread-safe.
/// </summary>
internal sealed class SignalPace(IOptions<GatewayOptions> options, TimeProvider time)
{
    // What the pages of a stream that leaves no trace say to all is short, but where many come at once it is many times as much as people write.
    private const int TimesPosts = 5;
    private const int Length = 512;

    private readonly StreamPace _pace = new(Options.Create(options.Value with
    {
        PostsPerSecondPerClientAndStream = TimesPosts * options.Value.PostsPerSecondPerClientAndStream,
        PostBurstPerClientAndStream = TimesPosts * options.Value.PostBurstPerClientAndStream,
    }), time);

    /// <summary>Counts a signal that is about to be said.</summary>
    /// <exception cref="StreamRefusedException">The client has said too much to all who hear that stream.</exception>
    public void Take(Signal signal)
    {
        if (signal.To is not null) return;
        _pace.Take(signal.Client, signal.Address.Name, Math.Max(1, (signal.Text.Value.Length + Length - 1) / Length));
    }
}
