using System.IO.Pipelines;
using Malten.Streams.Limits;
using Malten.Streams.Values;
using Microsoft.Extensions.Options;

namespace Malten.Gateway.Requests;

/// <summary>
/// Bodies that come in pieces, or of which nothing has come yet: what has come of them is held until the rest has, with the
/// request that waits for it. It counts as whatever else clients make the
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
    private readonly TransientBytes<UnreadBody> _held = new(capacity);

    /// <summary>How many bytes have come of bodies that are not whole yet.</summary>
    public long Bytes
    {
        get { lock (_gate) return _held.All; }
    }

    /// <summary>How many clients send such bodies.</summary>
    public int Clients
    {
        get { lock (_gate) return _held.Clients; }
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
            while (_held.All - body.Bytes + bytes > Most) GiveWay(_held.OldestOfMore(body) ?? throw Full());
            _held.Change(body, bytes);
        }
    }

    /// <summary>Counts a body no longer.</summary>
    public void Release(UnreadBody body)
    {
        lock (_gate) _held.Change(body, 0);
    }

    private void GiveWay(UnreadBody body)
    {
        _held.Change(body, 0);
        body.GiveWay();
    }
}
