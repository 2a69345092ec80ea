using System.Collections.Concurrent;
using Malten.Grains.Hosting;
using Malten.Grains.Interfaces;
using Malten.Grains.Replicas;
using Malten.Streams.Life;
using Microsoft.Extensions.DependencyInjection;

namespace Malten.Grains.MessageStreams;

/// <summary>
/// The streams that live on this silo: one timer stands for the ends of all of them, the public ones are listed from here,
/// and all are told when silos come or go.
/// </summary>
internal sealed class LocalStreams : IDisposable
{
    private readonly ConcurrentDictionary<MessageStream, IStreamGrain> _streams = [];
    private readonly ExpiryQueue _expiry;
    private readonly Peers _peers;

    public LocalStreams([FromKeyedServices(StreamClock.Key)] TimeProvider time, Peers peers)
    {
        _expiry = new ExpiryQueue(time, stream =>
        {
            if (_streams.TryGetValue(stream, out var grain)) _ = ExpireAsync(stream, grain);
        });
        _peers = peers;
        peers.Changed += OnPeersChanged;
    }

    public void Add(MessageStream stream, IStreamGrain grain) => _streams[stream] = grain;

    public void Remove(MessageStream stream) => _streams.TryRemove(stream, out _);

    /// <summary>Sees to it that the stream ends when it is due.</summary>
    public void Watch(MessageStream stream) => _expiry.Watch(stream);

    /// <summary>Whether the time of some stream has passed and it has not ended yet.</summary>
    public bool AreOverdue => _streams.Keys.Any(IsOverdue);

    /// <summary>The public streams whose names begin so, the most recently used first.</summary>
    public IEnumerable<StreamListing> List(string prefix, int limit) => _streams.Keys
        .Where(stream => stream.Name.Value.StartsWith(prefix, StringComparison.Ordinal))
        .Select(stream => stream.GetListing()).OfType<StreamListing>()
        .OrderByDescending(listing => listing.Updated).Take(limit);

    public void Dispose()
    {
        _peers.Changed -= OnPeersChanged;
        _expiry.Dispose();
    }

    /// <summary>
    /// The call to the grain may be lost on its way, as any other. It is made also when a reader has seen the end first:
    /// the copy and the activation still have to go.
    /// </summary>
    private async Task ExpireAsync(MessageStream stream, IStreamGrain grain)
    {
        for (var attempt = 0; attempt < 10 && !stream.IsInUse && _streams.ContainsKey(stream); attempt++)
        {
            try
            {
                await grain.Expire();
                return;
            }
            catch (Exception failure) when (Transient.Is(failure))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(200));
            }
        }
    }

    private static bool IsOverdue(MessageStream stream) => !stream.Begun.IsNone && !stream.IsInUse;

    private void OnPeersChanged()
    {
        foreach (var grain in _streams.Values) _ = grain.MembershipChanged();
    }
}
