using System.IO.Pipelines;
using System.Runtime.InteropServices;
using Malten.Streams.Limits;
using Malten.Streams.Values;
using Microsoft.Extensions.Options;

namespace Malten.Gateway.Requests;

/// <summary>
/// Bodies that come in pieces: what has come of them is held until the rest has. It counts as whatever else clients make the
/// node hold, and is at most a sixteenth of its memory. When that is full, whoever holds most gives way, as in
/// <see cref="Shares"/>: a network weighs an eighth of what its clients hold together, and the body that has been coming for
/// longest goes first. A client that holds nothing is not refused. Bodies that come at once, as those of most posts do, are not
/// counted. Thread-safe.
/// </summary>
/// <param name="clientOf">Who has sent a request.</param>
internal sealed class UnreadBodies(
    Capacity capacity, IOptions<CapacityOptions> options, Func<HttpContext, ClientKey> clientOf, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<ClientKey, Sender> _clients = [];
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

    /// <summary>The refusal of a body for which there is no room.</summary>
    public static StreamRefusedException Full() => new(Refusal.Full,
        "Too many bodies come in pieces, and nobody sends more of them than this client or its network; send it at once, or try again later.");

    /// <summary>Begins to hold a body of which only a part has come.</summary>
    public UnreadBody Begin(HttpContext context, PipeReader reader) => new(this, clientOf(context), reader, time);

    /// <summary>Counts a body as having so many bytes now, and has others give way for them.</summary>
    /// <exception cref="StreamRefusedException">There is no room for it, or it had to give way itself.</exception>
    public void Hold(UnreadBody body, long bytes)
    {
        lock (_gate)
        {
            if (body.HasGivenWay) throw Full();
            while (_all - body.Bytes + bytes > Most) GiveWay(Largest(body) ?? throw Full());
            Change(body, bytes);
        }
    }

    /// <summary>Counts a body no longer.</summary>
    public void Release(UnreadBody body)
    {
        lock (_gate) Change(body, 0);
    }

    private void GiveWay(UnreadBody body)
    {
        Change(body, 0);
        body.GiveWay();
    }

    /// <summary>The body that should give way for another; null when nobody holds more than its client.</summary>
    private UnreadBody? Largest(UnreadBody body)
    {
        var (top, most) = (default(ClientKey?), (Weight: 0L, Bytes: 0L));
        foreach (var (client, sender) in _clients)
        {
            if ((Weight(client), sender.Bytes) is var weight && weight.CompareTo(most) <= 0) continue;
            (top, most) = (client, weight);
        }

        if (top is not { } largest || largest == body.Client) return null;
        var own = _clients.GetValueOrDefault(body.Client)?.Bytes ?? 0;
        var isCrowd = most.Bytes < most.Weight;
        var isLess = own == 0 || (isCrowd && largest.Network == body.Client.Network ? own < most.Bytes : Weight(body.Client) < most.Weight);
        return isLess ? _clients[largest].Bodies.First!.Value : null;
    }

    private long Weight(ClientKey client) => Math.Max(
        _clients.GetValueOrDefault(client)?.Bytes ?? 0, _networks.GetValueOrDefault(client.Network) / Shares.ClientsOfNetwork);

    private void Change(UnreadBody body, long bytes)
    {
        var more = bytes - body.Bytes;
        if (more == 0) return;
        ref var sender = ref CollectionsMarshal.GetValueRefOrAddDefault(_clients, body.Client, out _);
        sender ??= new Sender();
        if (body.Bytes == 0) sender.Bodies.AddLast(body);
        else if (bytes == 0) sender.Bodies.Remove(body);
        sender.Bytes += more;
        if (sender.Bodies.Count == 0) _clients.Remove(body.Client);
        ref var network = ref CollectionsMarshal.GetValueRefOrAddDefault(_networks, body.Client.Network, out _);
        if ((network += more) == 0) _networks.Remove(body.Client.Network);
        body.Bytes = bytes;
        _all += more;
        capacity.ChangeBytes(more);
    }

    /// <summary>A client and its bodies, the oldest first.</summary>
    private sealed class Sender
    {
        public LinkedList<UnreadBody> Bodies { get; } = [];

        public long Bytes { get; set; }
    }
}
