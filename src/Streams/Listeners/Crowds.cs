using Malten.Streams.Values;

namespace Malten.Streams.Listeners;

/// <summary>The listeners of one stream on this node, by the client that has them. Not thread-safe: its owner locks.</summary>
internal sealed class Crowds
{
    private readonly Dictionary<ClientKey, Crowd> _clients = [];
    private readonly Dictionary<ulong, Crowd> _networks = [];
    private Dictionary<Audience, int> _listeners = [];

    /// <summary>The crowds of all clients.</summary>
    public IReadOnlyCollection<Crowd> All => _clients.Values;

    /// <summary>How many listeners there are in an audience.</summary>
    public int CountIn(Audience audience) => _listeners.GetValueOrDefault(audience);

    /// <summary>Counts a listener more, to its client and to the network of that.</summary>
    public Crowd Enter(ClientKey client)
    {
        if (!_clients.TryGetValue(client, out var crowd)) _clients[client] = crowd = new Crowd(client, NetworkOf(client));
        Add(crowd, 1);
        return crowd;
    }

    /// <summary>Counts one less.</summary>
    public void Leave(Crowd crowd)
    {
        Add(crowd, -1);
        if (crowd.Count == 0) _clients.Remove(crowd.Client);
        if (crowd.Network?.Count == 0) _networks.Remove(crowd.Client.Network);
        _clients.TrimSpare();
        _networks.TrimSpare();
    }

    // At private addresses, neighbours are other people.
    private Crowd? NetworkOf(ClientKey client)
    {
        if (client.Network == client.Hash || client.Network == 0) return null;
        if (!_networks.TryGetValue(client.Network, out var network))
            _networks[client.Network] = network = new Crowd(new ClientKey(client.Network, client.Network));
        return network;
    }

    private void Add(Crowd crowd, int listeners)
    {
        var before = (crowd.Audience, crowd.Network?.AudienceOfNetwork);
        crowd.Add(listeners);
        if (before == (crowd.Audience, crowd.Network?.AudienceOfNetwork))
            _listeners[crowd.Audience] = CountIn(crowd.Audience) + listeners;
        else // those who were there have come to another audience, perhaps with their neighbours
            _listeners = _clients.Values.GroupBy(one => one.Audience).ToDictionary(group => group.Key, group => group.Sum(one => one.Count));
    }
}
