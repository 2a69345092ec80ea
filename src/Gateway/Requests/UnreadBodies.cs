using System.Runtime.InteropServices;
using Malten.Streams.Limits;
using Malten.Streams.Values;
using Microsoft.Extensions.Options;

namespace Malten.Gateway.Requests;

/// <summary>
/// Bodies that come in pieces: what has come of them is held until the rest has. It counts as whatever else clients make the
/// node hold, and is at most a sixteenth of its memory; of that, an eighth for one client and half for one network. Bodies that
/// come at once, as those of most posts do, are not counted, and so never refused here. Thread-safe.
/// </summary>
/// <param name="clientOf">Who has sent a request.</param>
internal sealed class UnreadBodies(Capacity capacity, IOptions<CapacityOptions> options, Func<HttpContext, ClientKey> clientOf)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<ClientKey, long> _clients = [];
    private readonly Dictionary<ulong, long> _networks = [];
    private long _all;

    /// <summary>How many bytes have come of bodies that are not whole yet.</summary>
    public long Bytes => Volatile.Read(ref _all);

    /// <summary>How many clients send such bodies.</summary>
    public int Clients
    {
        get { lock (_gate) return _clients.Count; }
    }

    private long Most => options.Value.MaxMemoryMegabytes * 1024L * 1024L / 16;

    /// <summary>Who has sent a request.</summary>
    public ClientKey ClientOf(HttpContext context) => clientOf(context);

    /// <summary>Counts what came of a body; a negative number, what is held no more.</summary>
    /// <exception cref="StreamRefusedException">There is no room for it.</exception>
    public void Add(ClientKey client, long bytes)
    {
        lock (_gate)
        {
            if (bytes > 0) Check(client, bytes);
            Change(_clients, client, bytes);
            Change(_networks, client.Network, bytes);
            _all += bytes;
        }

        capacity.ChangeBytes(bytes);
    }

    private void Check(ClientKey client, long bytes)
    {
        if (_clients.GetValueOrDefault(client) + bytes > Most / 8 || _networks.GetValueOrDefault(client.Network) + bytes > Most / 2)
            throw new StreamRefusedException(Refusal.Busy, "This client or its network sends too many bodies in pieces; send them one after another.");
        if (_all + bytes > Most) throw new StreamRefusedException(Refusal.Full, "Too many bodies come in pieces; send it at once, or try again later.");
    }

    private static void Change<TKey>(Dictionary<TKey, long> counts, TKey key, long bytes) where TKey : notnull
    {
        ref var count = ref CollectionsMarshal.GetValueRefOrAddDefault(counts, key, out _);
        count += bytes;
        if (count == 0) counts.Remove(key);
    }
}
