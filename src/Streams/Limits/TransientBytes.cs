using System.Runtime.InteropServices;
using Malten.Streams.Values;

namespace Malten.Streams.Limits;

/// <summary>
/// What requests that are under way make a node hold, by client: it counts as whatever else clients make the node hold. Where
/// its owner has no more room, whoever holds most gives way by the rule of <see cref="Shares"/>: a network weighs an eighth of
/// what its clients hold together. Its owner locks.
/// </summary>
public sealed class TransientBytes<T>(Capacity capacity) where T : class, ITransient
{
    private readonly Dictionary<ClientKey, Holder> _clients = [];
    private readonly Dictionary<ulong, long> _networks = [];

    /// <summary>How many bytes are held.</summary>
    public long All { get; private set; }

    /// <summary>How many clients hold any.</summary>
    public int Clients => _clients.Count;

    /// <summary>Counts one as having so many bytes now; with none, it is not counted any longer.</summary>
    public void Change(T one, long bytes)
    {
        var more = bytes - one.Bytes;
        if (more == 0) return;
        ref var holder = ref CollectionsMarshal.GetValueRefOrAddDefault(_clients, one.Client, out _);
        holder ??= new Holder();
        if (one.Bytes == 0) holder.Held.AddLast(one);
        else if (bytes == 0) holder.Held.Remove(one);
        holder.Bytes += more;
        if (holder.Held.Count == 0) _clients.Remove(one.Client);
        ref var network = ref CollectionsMarshal.GetValueRefOrAddDefault(_networks, one.Client.Network, out _);
        if ((network += more) == 0) _networks.Remove(one.Client.Network);
        one.Bytes = bytes;
        All += more;
        capacity.ChangeBytes(more);
    }

    /// <summary>
    /// Those that may give way, in the order in which they should until there is room: always the oldest of whoever then holds most. Of
    /// a client, only those count that no older one precedes which may not. Goes through all clients once.
    /// </summary>
    public IReadOnlyList<T> InOrder(Func<T, bool> mayGiveWay) =>
    [
        .. _clients.GroupBy(client => client.Key.Network)
            .SelectMany(network => InOrder(_networks[network.Key], network.SelectMany(client => InOrder(client.Value, mayGiveWay))))
            .OrderByDescending(one => one.Weight).Select(one => one.Held),
    ];

    /// <summary>
    /// The oldest of whoever holds most, if it should give way for another; null when nobody holds more than the other's client.
    /// </summary>
    public T? OldestOfMore(T other)
    {
        if (Largest() is not { } largest || largest == other.Client) return null;
        var (own, most) = (Bytes(other.Client), Bytes(largest));
        var isCrowd = most < Weight(largest);
        var isLess = own == 0 || (isCrowd && largest.Network == other.Client.Network ? own < most : Weight(other.Client) < Weight(largest));
        return isLess ? _clients[largest].Held.First!.Value : null;
    }

    private ClientKey? Largest()
    {
        var (top, most) = (default(ClientKey?), (Weight: 0L, Bytes: 0L));
        foreach (var (client, holder) in _clients)
        {
            if ((Weight(client), holder.Bytes) is var weight && weight.CompareTo(most) <= 0) continue;
            (top, most) = (client, weight);
        }

        return top;
    }

    /// <summary>Those of one client, each with what the client holds once the older ones have gone.</summary>
    private static IEnumerable<(T Held, long Weight)> InOrder(Holder client, Func<T, bool> mayGiveWay)
    {
        var left = client.Bytes;
        foreach (var one in client.Held.TakeWhile(mayGiveWay))
        {
            yield return (one, left);
            left -= one.Bytes;
        }
    }

    /// <summary>Those of the clients of one network, each with what its client then weighs.</summary>
    private static IEnumerable<(T Held, long Weight)> InOrder(long network, IEnumerable<(T Held, long Bytes)> ofClients)
    {
        foreach (var (one, bytes) in ofClients.OrderByDescending(one => one.Bytes))
        {
            yield return (one, Math.Max(bytes, network / Shares.ClientsOfNetwork));
            network -= one.Bytes;
        }
    }

    private long Bytes(ClientKey client) => _clients.GetValueOrDefault(client)?.Bytes ?? 0;

    private long Weight(ClientKey client) => Math.Max(Bytes(client), _networks.GetValueOrDefault(client.Network) / Shares.ClientsOfNetwork);

    /// <summary>A client and what it makes the node hold, the oldest first.</summary>
    private sealed class Holder
    {
        public LinkedList<T> Held { get; } = [];

        public long Bytes { get; set; }
    }
}
