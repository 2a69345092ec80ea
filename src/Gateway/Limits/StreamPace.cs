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

    /// <summary>
    /// Counts a post or a command that is about to be made, or what counts as so many of them. It needs one token, and takes all in
    /// one step: the rest may be owed, so that what counts as many is not passed for ever by what counts as few.
    /// </summary>
    /// <exception cref="StreamRefusedException">The client, or its network, has posted too fast to that stream; nothing was taken.</exception>
    public void Take(ClientKey client, StreamName stream, int count = 1)
    {
        // The hash of a string is keyed anew at each start. Names themselves are not kept: they would outlive their streams.
        var (name, pace, now) = (stream.Value.GetHashCode(), options.Value, time.GetTimestamp());
        // The client first: whoever is refused takes nothing from its neighbours. Those of a Unix socket have no network.
        var lacking = Take(_clients, client.Hash, times: 1);
        if (lacking == 0 && client.Network != client.Hash && (lacking = Take(_networks, client.Network, ClientsOfNetwork)) > 0)
            _clients.GiveBack((client.Hash, name), count * Token(times: 1));
        if (lacking > 0) throw TooFast(time.GetElapsedTime(0, lacking));

        long Take(Buckets buckets, ulong whose, int times) =>
            buckets.Take((whose, name), Token(times), count, Token(times) * pace.PostBurstPerClientAndStream * times, now);

        long Token(int times) => Math.Max(1, time.TimestampFrequency / pace.PostsPerSecondPerClientAndStream / times);
    }

    private static StreamRefusedException TooFast(TimeSpan lacking) => new(Refusal.Busy,
        "This client or its network posts too fast to this stream, which belongs to others too; try again shortly.", "stream")
    {
        RetryAfter = lacking,
    };

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

        /// <summary>Takes tokens, where there is one of them: returns 0, or how long that one takes to come back.</summary>
        /// <param name="bucket">The bucket.</param>
        /// <param name="token">How long a token takes to come back.</param>
        /// <param name="count">How many are taken.</param>
        /// <param name="all">How long as many take as there may be.</param>
        /// <param name="now">The moment.</param>
        public long Take((ulong Whose, int Stream) bucket, long token, int count, long all, long now)
        {
            while (true)
            {
                var isKept = _fullAt.TryGetValue(bucket, out var fullAt);
                var before = Math.Max(fullAt, now);
                if (before + token - now > all) return before + token - now - all;
                var next = before + (count * token);
                if (!(isKept ? _fullAt.TryUpdate(bucket, next, fullAt) : _fullAt.TryAdd(bucket, next))) continue;
                if (!isKept && Interlocked.Increment(ref _count) >= Volatile.Read(ref _sweepAt)) Sweep(now);
                return 0;
            }
        }

        /// <summary>Puts back what was taken just now.</summary>
        public void GiveBack((ulong Whose, int Stream) bucket, long taken)
        {
            while (_fullAt.TryGetValue(bucket, out var fullAt) && !_fullAt.TryUpdate(bucket, fullAt - taken, fullAt))
            {
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
