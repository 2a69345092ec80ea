using System.Collections.Concurrent;
using Malten.Streams.Values;

namespace Malten.Streams.Limits;

/// <summary>
/// Who makes a node hold how much. While there is room, nothing comes of it. When room is scarce, whoever holds most gives
/// way to the others. A client weighs as much as it holds, or an eighth of what its network holds if that is more: so a crowd
/// from one network weighs as much as eight clients of that size. Whoever weighs most itself is not made room for. Thread-safe.
/// </summary>
public sealed class Shares
{
    /// <summary>As many clients of a network may each hold as much as the largest of others before the network weighs more.</summary>
    public const int ClientsOfNetwork = 8;

    internal const int FewClients = 1000; // that are looked through for each refusal

    private const int MostRounds = 16;

    private readonly ConcurrentDictionary<ClientKey, Share> _clients = new();
    private readonly Dictionary<ulong, NetworkShare> _networks = [];
    private readonly Lock _making = new();

    /// <summary>How many clients hold anything.</summary>
    public int Clients => _clients.Count;

    /// <summary>How many networks they are from.</summary>
    public int Networks
    {
        get { lock (_networks) return _networks.Count; }
    }

    /// <summary>How much a client holds.</summary>
    public long Held(ClientKey client, Resource resource) =>
        _clients.TryGetValue(client, out var share) ? share.Held(resource) : 0;

    /// <summary>Begins a use of a client's share, so that it is not forgotten before <see cref="Share.Leave"/>.</summary>
    public Share Enter(ClientKey client)
    {
        while (true)
            if (_clients.GetOrAdd(client, static (key, shares) => new Share(key, shares), this) is var share && share.TryEnter())
                return share;
    }

    /// <summary>
    /// Makes room for a client, or for what belongs to nobody, by letting others give way who hold more: for a listener, more
    /// than twice as much, since a listener that is let go comes back; so for a connection. How much is <paramref name="missing"/> is asked when it
    /// is this caller's turn: another may have made room meanwhile. Called without any lock.
    /// </summary>
    public void MakeRoom(Resource resource, Func<long> missing, ClientKey? client)
    {
        lock (_making)
        {
            var amount = missing();
            for (var round = 0; amount > 0 && round < MostRounds; round++)
            {
                var before = amount;
                foreach (var share in Largest(resource, client))
                {
                    if (amount <= 0) break;
                    // Only half of it at a time: then it may be another's turn.
                    var half = share.Held(resource) - (share.Held(resource) / 2);
                    amount -= share.GiveWay(resource, Math.Min(amount, half));
                }

                if (amount == before) return;
            }
        }
    }

    /// <summary>Whether clients have so many together beyond one each; those of a crowd may have to give that one too.</summary>
    internal bool MayGive(Resource resource, long amount)
    {
        foreach (var (_, share) in _clients)
        {
            if (amount <= 0) break;
            var held = share.Held(resource);
            amount -= held < Weight(share, resource) ? held : Math.Max(0, held - 1);
        }

        return amount <= 0;
    }

    internal NetworkShare Join(ulong network)
    {
        lock (_networks)
        {
            if (!_networks.TryGetValue(network, out var share)) _networks[network] = share = new NetworkShare();
            share.Clients++;
            return share;
        }
    }

    internal void Forget(Share share)
    {
        _clients.TryRemove(KeyValuePair.Create(share.Client, share));
        lock (_networks)
            if (--share.Network!.Clients == 0)
                _networks.Remove(share.Client.Network);
    }

    /// <summary>Whoever should give way to a client, the largest first; nobody, when none of them holds more than the client.</summary>
    private List<Share> Largest(Resource resource, ClientKey? client)
    {
        var own = client is { } key ? _clients.GetValueOrDefault(key) : null;
        if (own is { Refusals: > 0 })
        {
            own.Refusals--;
            return [];
        }

        Share? top = null;
        foreach (var (_, share) in _clients)
            if (top is null || Compare(share, top, resource) > 0)
                top = share;
        if (top is null) return [];
        var isCrowd = top.Held(resource) < Weight(top, resource);
        var (weight, of) = client is null ? (0, resource == Resource.Bytes ? long.MaxValue : Weight(top, resource))
            : isCrowd && client.Value.Network == top.Client.Network
            ? (own?.Held(resource) ?? 0, top.Held(resource)) // within the network, clients are compared with each other
            : (Weight(client.Value, own, resource), Weight(top, resource));
        // Whoever has a single listener keeps it, unless it is of a crowd and somebody from elsewhere comes: otherwise such clients would
        // displace each other for ever.
        var areNeighbours = isCrowd && client?.Network == top.Client.Network;
        var kept = isCrowd && !areNeighbours ? 0 : 1;
        if (of > (resource is Resource.Listeners or Resource.Connections or Resource.IdleConnections ? Math.Max(kept, 2 * weight) : weight))
            return areNeighbours ? [.. Members(top.Client.Network, own, resource).Where(share => share.Held(resource) > kept)]
                : isCrowd ? Members(top.Client.Network, own, resource) : [top];
        if (own is not null) own.Refusals = _clients.Count / FewClients;
        return [];
    }

    /// <summary>What a client weighs that may hold nothing yet, but whose network may.</summary>
    private long Weight(ClientKey client, Share? own, Resource resource)
    {
        if (own is not null) return Weight(own, resource);
        lock (_networks) return (_networks.GetValueOrDefault(client.Network)?.Held(resource) ?? 0) / ClientsOfNetwork;
    }

    private List<Share> Members(ulong network, Share? except, Resource resource) =>
        [.. _clients.Values.Where(share => share.Client.Network == network && share != except).OrderByDescending(share => share.Held(resource))];

    private static int Compare(Share one, Share other, Resource resource) =>
        (Weight(one, resource), one.Held(resource)).CompareTo((Weight(other, resource), other.Held(resource)));

    // One that has just been made is in no network yet, and holds nothing.
    private static long Weight(Share share, Resource resource) =>
        Math.Max(share.Held(resource), (share.Network?.Held(resource) ?? 0) / ClientsOfNetwork);
}
