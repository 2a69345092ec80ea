using System.Collections.Concurrent;
using Malten.Gateway.Settings;
using Malten.Streams.Values;
using Microsoft.Extensions.Options;

namespace Malten.Gateway.Limits;

/// <summary>
/// How fast one client may post and send commands to one stream, so that it can't wipe at once what others said there; and its
/// network, together twice as fast. Each pair of them has a token bucket, of which only the moment is kept at which it will be
/// full again (the generic cell rate algorithm, ITU-T I.371, annex A). Thread-safe.
/// </summary>
internal sealed class StreamPace(IOptions<GatewayOptions> options, TimeProvider time)
{
    /// <summary>Bursts of as many clients would still be shorter than a stream; of eight, as elsewhere, they would wipe it.</summary>
    private const int ClientsOfNetwork = 2;

    private readonly Buckets _clients = new();
    private readonly Buckets _networks = new();

    /// <summary>How many buckets are kept.</summary>
    public int Count => _clients.Count + _networks.Count;

    /// <summary>Counts a post or a command that is about to be made.</summary>
    /// <exception cref="StreamRefusedException">The client, or its network, has posted too fast to that stream.</exception>
    public void Take(ClientKey client, StreamName stream)
    {
        // The hash of a string is keyed anew at each start. Names themselves are not kept: they would outlive their streams.
        var (name, pace, now) = (stream.Value.GetHashCode(), options.Value, time.GetTimestamp());
        // The client first: whoever is refused takes nothing from its neighbours. Those of a Unix socket have no network.
        if (!IsTaken(_clients, client.Hash, times: 1) || (client.Network != client.Hash && !IsTaken(_networks, client.Network, ClientsOfNetwork)))
            throw TooFast();

        bool IsTaken(Buckets buckets, ulong whose, int times)
        {
            var token = Math.Max(1, time.TimestampFrequency / pace.PostsPerSecondPerClientAndStream / times);
            return buckets.TryTake((whose, name), token, token * pace.PostBurstPerClientAndStream * times, now);
        }
    }

    private static StreamRefusedException TooFast() => new(Refusal.Busy,
        "This client or its network posts too fast to this stream, which belongs to others too; try again shortly.", "stream");

    /// <summary>
    /// Token buckets. A full one is forgotten: those that are kept are never more than twice the posts of the time that one token
    /// takes, beside a fixed number.
    /// </summary>
    private sealed class Buckets
    {
        private const int FirstSweep = 1024;

        private readonly ConcurrentDictionary<(ulong Whose, int Stream), long> _fullAt = new();
        private readonly Lock _sweeping = new();
        private int _count;
        private int _sweepAt = FirstSweep;

        public int Count => _fullAt.Count;

        /// <summary>Takes a token, if there is one.</summary>
        /// <param name="bucket">The bucket.</param>
        /// <param name="token">How long a token takes to come back.</param>
        /// <param name="all">How long all of them take.</param>
        /// <param name="now">The moment.</param>
        public bool TryTake((ulong Whose, int Stream) bucket, long token, long all, long now)
        {
            while (true)
            {
                var isKept = _fullAt.TryGetValue(bucket, out var fullAt);
                var next = Math.Max(fullAt, now) + token;
                if (next - now > all) return false;
                if (!(isKept ? _fullAt.TryUpdate(bucket, next, fullAt) : _fullAt.TryAdd(bucket, next))) continue;
                if (!isKept && Interlocked.Increment(ref _count) >= Volatile.Read(ref _sweepAt)) Sweep(now);
                return true;
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
    }
}
