using System.Collections.Concurrent;
using Malten.Grains.Hosting;
using Malten.Grains.Interfaces;
using Malten.Streams;
using Microsoft.Extensions.DependencyInjection;

namespace Malten.Grains.Replicas;

/// <summary>The second copies that this silo holds of streams that live elsewhere. Each ends when its stream would.</summary>
internal sealed class ReplicaStore : IDisposable
{
    private readonly ConcurrentDictionary<string, MessageStream> _copies = new();
    private readonly Capacity _capacity;
    private readonly TimeProvider _time;
    private readonly ExpiryQueue _expiry;

    public ReplicaStore(Capacity capacity, [FromKeyedServices(StreamClock.Key)] TimeProvider time)
    {
        (_capacity, _time) = (capacity.ForCopies(), time);
        _expiry = new ExpiryQueue(time, copy =>
        {
            _copies.TryRemove(new KeyValuePair<string, MessageStream>(copy.Name.Value, copy));
            copy.Dispose();
        });
    }

    /// <summary>The copies held.</summary>
    public int Count => _copies.Count;

    public void Hold(StreamSnapshot snapshot)
    {
        var name = snapshot.Settings.Name;
        var copy = _copies.GetOrAdd(name.Value, _ => new MessageStream(name, _capacity, _time));
        copy.Restore(snapshot);
        _expiry.Watch(copy);
    }

    public bool Add(ReplicaUpdate update)
    {
        if (!_copies.TryGetValue(update.Stream, out var copy)) return false;
        lock (copy.Gate)
        {
            if (copy.Begun != update.Begun || copy.Newest != update.Previous) return false;
            copy.Accept(update.Messages, update.TimeLeft);
        }

        _expiry.Watch(copy);
        return true;
    }

    public StreamSnapshot? Find(string stream) => _copies.GetValueOrDefault(stream)?.Capture();

    public void Drop(string stream, long begun)
    {
        if (!_copies.TryGetValue(stream, out var copy) || copy.Begun > begun) return;
        _copies.TryRemove(new KeyValuePair<string, MessageStream>(stream, copy));
        copy.Dispose();
    }

    public void Dispose() => _expiry.Dispose();
}
