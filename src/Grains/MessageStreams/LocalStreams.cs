using System.Collections.Concurrent;
using Malten.Grains.Calls;
using Malten.Grains.Copies;
using Malten.Grains.Interfaces;
using Malten.Streams.Life;
using Microsoft.Extensions.DependencyInjection;

namespace Malten.Grains.MessageStreams;

/// <summary>
/// The streams that live on this silo. One timer serves the ends of all of them, the list of public streams is made from
/// them, and they are settled anew when silos join or leave.
/// </summary>
internal sealed class LocalStreams : IRunningStreams, IDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LastPause = TimeSpan.FromSeconds(3);

    private readonly ConcurrentDictionary<string, LocalStream> _streams = [];
    private readonly ExpiryQueue _expiry;
    private readonly TimeProvider _hostTime;

    public LocalStreams([FromKeyedServices(StreamClock.Key)] TimeProvider time, TimeProvider hostTime)
    {
        _expiry = new ExpiryQueue(time, stream =>
        {
            if (Find(stream) is { } known) _ = ExpireAsync(known);
        });
        _hostTime = hostTime;
    }

    public void Add(MessageStream stream, IStreamGrain grain, IRunningStream activation) =>
        _streams[stream.Name.Value] = new LocalStream(stream, grain, activation);

    public void Remove(MessageStream stream)
    {
        if (Find(stream) is { } known) _streams.TryRemove(KeyValuePair.Create(stream.Name.Value, known));
        _expiry.Forget(stream);
    }

    /// <summary>Whether an activation of the stream is here.</summary>
    public bool Contains(string name) => _streams.ContainsKey(name);

    IRunningStream? IRunningStreams.Find(string stream) => _streams.TryGetValue(stream, out var known) ? known.Activation : null;

    /// <summary>Schedules the end of a stream for its deadline.</summary>
    public void Watch(MessageStream stream) => _expiry.Watch(stream);

    /// <summary>Whether a stream has not ended though its deadline passed a millisecond ago, the resolution of its timer.</summary>
    public bool AreOverdue => _streams.Values.Any(known => IsOverdue(known.Stream));

    /// <summary>
    /// The public streams whose names begin with <paramref name="prefix"/>, the most recently used first. One that is due is
    /// left out and not ended: only its grain may end it, while this silo is a member.
    /// </summary>
    public IEnumerable<StreamListing> List(string prefix, int limit) => StreamListing.Newest(_streams
        .Select(known => known.Value.Stream)
        .Where(stream => stream.IsPublic && stream.IsInUse && stream.Name.Value.StartsWith(prefix, StringComparison.Ordinal))
        .Select(stream => stream.GetListing()).OfType<StreamListing>(), prefix, limit);

    /// <summary>The names of the streams.</summary>
    public ICollection<string> Names => _streams.Keys;

    public void Dispose() => _expiry.Dispose();

    /// <summary>
    /// Tells the grain that its stream is due, even if a reader has ended the stream already: the copy and the activation
    /// still have to go. Repeated, since any call may be lost.
    /// </summary>
    private async Task ExpireAsync(LocalStream known)
    {
        for (var pause = FirstPause; !known.Stream.IsInUse && Find(known.Stream) is not null; pause = pause < LastPause ? 2 * pause : pause)
        {
            try
            {
                await known.Grain.Expire();
                return;
            }
            catch (Exception failure) when (Transient.Is(failure))
            {
                await Task.Delay(pause, _hostTime);
            }
        }
    }

    private LocalStream? Find(MessageStream stream) =>
        _streams.TryGetValue(stream.Name.Value, out var known) && known.Stream == stream ? known : null;

    private static bool IsOverdue(MessageStream stream) =>
        !stream.Begun.IsNone && !stream.IsInUse && stream.TimeLeft <= -TimeSpan.FromMilliseconds(1);

    private sealed record LocalStream(MessageStream Stream, IStreamGrain Grain, IRunningStream Activation);
}
