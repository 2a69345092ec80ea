using System.Collections.Concurrent;
using Malten.Streams.Feeds;

namespace Malten.Grains.Broker;

/// <summary>The open connections of this gateway.</summary>
internal sealed class Connections
{
    private readonly ConcurrentDictionary<string, FeedReader> _bySession = new();
    private readonly ConcurrentDictionary<string, FeedReader> _byHandle = new();

    public void Add(FeedReader reader) => (_bySession[reader.Session], _byHandle[reader.Listener]) = (reader, reader);

    public void Remove(FeedReader reader)
    {
        _bySession.TryRemove(reader.Session, out _);
        _byHandle.TryRemove(reader.Listener, out _);
    }

    /// <summary>The connection with this secret; null when none is open.</summary>
    public FeedReader? Find(string session) => _bySession.GetValueOrDefault(session);

    /// <summary>The connection with this public handle; null when none is open.</summary>
    public FeedReader? FindListener(string handle) => _byHandle.GetValueOrDefault(handle);
}
