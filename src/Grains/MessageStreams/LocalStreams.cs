using System.Collections.Concurrent;
using Malten.Grains.Calls;
using Malten.Grains.Interfaces;
using Malten.Grains.Members;
using Malten.Streams.Life;
using Microsoft.Extensions.DependencyInjection;

namespace Malten.Grains.MessageStreams;

/// <summary>
/// The streams that live on this silo. One timer serves the ends of all of them, the list of public streams is made from
/// them, and their grains are told when silos join or leave.
/// </summary>
internal sealed class LocalStreams : IDisposable
{
    private readonly ConcurrentDictionary<MessageStream, IStreamGrain> _streams = [];
    private readonly ExpiryQueue _expiry;
    private readonly TimeProvider _hostTime;
    private readonly ClusterView _view;

    public LocalStreams([FromKeyedServices(StreamClock.Key)] TimeProvider time, TimeProvider hostTime, ClusterView view)
    {
        _expiry = new ExpiryQueue(time, stream =>
        {
            if (_streams.TryGetValue(stream, out var grain)) _ = ExpireAsync(stream, grain);
        });
        (_hostTime, _view) = (hostTime, view);
        view.Changed += OnMembershipChanged;
    }

    public void Add(MessageStream stream, IStreamGrain grain) => _streams[stream] = grain;

    public void Remove(MessageStream stream) => _streams.TryRemove(stream, out _);

    /// <summary>Schedules the end of a stream for its deadline.</summary>
    public void Watch(MessageStream stream) => _expiry.Watch(stream);

    /// <summary>Whether a stream has not ended though its deadline passed a millisecond ago, the resolution of its timer.</summary>
    public bool AreOverdue => _streams.Keys.Any(IsOverdue);

    /// <summary>The public streams whose names begin with <paramref name="prefix"/>, the most recently used first.</summary>
    public IEnumerable<StreamListing> List(string prefix, int limit) => _streams.Keys
        .Where(stream => stream.Name.Value.StartsWith(prefix, StringComparison.Ordinal))
        .Select(stream => stream.GetListing()).OfType<StreamListing>()
        .OrderByDescending(listing => listing.Updated).Take(limit);

    public void Dispose()
    {
        _view.Changed -= OnMembershipChanged;
        _expiry.Dispose();
    }

    /// <summary>
    /// Tells the grain that its stream is due, even if a reader has ended the stream already: the copy and the activation
    /// still have to go. Repeated, since any call may be lost.
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
                await Task.Delay(TimeSpan.FromMilliseconds(200), _hostTime);
            }
        }
    }

    private static bool IsOverdue(MessageStream stream) =>
        !stream.Begun.IsNone && !stream.IsInUse && stream.TimeLeft <= -TimeSpan.FromMilliseconds(1);

    private void OnMembershipChanged()
    {
        foreach (var grain in _streams.Values) _ = grain.MembershipChanged();
    }
}
