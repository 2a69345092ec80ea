using System.Collections.Concurrent;
using Malten.Gateway.Settings;
using Malten.Streams.Values;
using Microsoft.Extensions.Options;

namespace Malten.Gateway.Limits;

/// <summary>
/// How fast one client may post and send commands to one stream, so that it can't wipe at once what others said there. Each pair of them has a
/// token bucket, of which only the moment is kept at which it will be full again (the generic cell rate algorithm, ITU-T
/// I.371, annex A). A full bucket is forgotten: those that are kept are never more than twice the posts of the time that one
/// token takes, beside a fixed number. Thread-safe.
/// </summary>
internal sealed class StreamPace(IOptions<GatewayOptions> options, TimeProvider time)
{
    private const int FirstSweep = 1024;

    private readonly ConcurrentDictionary<(ulong Client, int Stream), long> _fullAt = new();
    private readonly Lock _sweeping = new();
    private int _count;
    private int _sweepAt = FirstSweep;

    /// <summary>How many buckets are kept.</summary>
    public int Count => _fullAt.Count;

    private long Token => Math.Max(1, time.TimestampFrequency / options.Value.PostsPerSecondPerClientAndStream);

    /// <summary>Counts a post or a command that is about to be made.</summary>
    /// <exception cref="StreamRefusedException">The client has posted too fast to that stream.</exception>
    public void Take(ClientKey client, StreamName stream)
    {
        // The hash of a string is keyed anew at each start. Names themselves are not kept: they would outlive their streams.
        var bucket = (client.Hash, stream.Value.GetHashCode());
        var (token, now) = (Token, time.GetTimestamp());
        while (true)
        {
            var isKept = _fullAt.TryGetValue(bucket, out var fullAt);
            var next = Math.Max(fullAt, now) + token;
            if (next - now > token * options.Value.PostBurstPerClientAndStream) throw TooFast();
            if (isKept ? _fullAt.TryUpdate(bucket, next, fullAt) : _fullAt.TryAdd(bucket, next))
            {
                if (!isKept && Interlocked.Increment(ref _count) >= Volatile.Read(ref _sweepAt)) Sweep(now);
                return;
            }
        }
    }

    private void Sweep(long now)
    {
        if (!_sweeping.TryEnter()) return;
        try
        {
            foreach (var bucket in _fullAt)
                if (bucket.Value <= now && _fullAt.TryRemove(bucket))
                    Interlocked.Decrement(ref _count);
            Volatile.Write(ref _sweepAt, Math.Max(FirstSweep, 2 * Volatile.Read(ref _count)));
        }
        finally
        {
            _sweeping.Exit();
        }
    }

    private static StreamRefusedException TooFast() => new(Refusal.Busy,
        "This client posts too fast to this stream, which belongs to others too; try again shortly.", "stream");
}
