using Malten.Streams.Values;

namespace Malten.Streams.Limits;

/// <content>Open connections.</content>
public sealed partial class Capacity
{
    // What a connection takes that has sent something, with its part of the server's buffers. It counts against the memory and to
    // no client as memory: whoever has many of them loses connections, and nothing else.
    private const int ConnectionCost = 16 * 1024;
    private const int FewConnections = 1024; // which a node bears beside its budget

    private long _connections;
    private long _idle;
    private int _vain; // looks for idle connections that are left out, since the last found none to close

    /// <summary>How many connections are open.</summary>
    public long Connections => Volatile.Read(ref _connections);

    /// <summary>On how many of them nobody listens.</summary>
    public long IdleConnections => Volatile.Read(ref _idle);

    // What the others take is in what a listener counts. However many are left when listeners go, half of the memory is not theirs.
    private long OfConnections => Math.Min(Most / 2, Math.Max(0, IdleConnections - FewConnections) * ConnectionCost);

    private int MostIdle => (int)Math.Min(int.MaxValue, FewConnections + (Most / 2 / ConnectionCost));

    // So many may stay where memory is short: otherwise pages would connect again for each request.
    private long FewIdle => FewConnections + (Most / 8 / ConnectionCost);

    /// <summary>
    /// Counts a new connection. Where there are too many, by their number or because those on which nobody listens take half of the
    /// memory, others give way who have more than twice as many; null when nobody has. Called without any lock.
    /// </summary>
    /// <param name="most">How many there may be, if the process can't have as many as the options allow.</param>
    public Place? AddConnection(ClientKey client, int most = int.MaxValue)
    {
        most = Math.Min(most, options.MaxConnections);
        if (Connections >= most) MakeCount(Resource.Connections, most, client);
        if (IdleConnections >= MostIdle) MakeCount(Resource.IdleConnections, MostIdle, client);
        if (!TryAdd(ref _connections, 1, most)) return null;
        if (!TryAdd(ref _idle, 1, MostIdle))
        {
            Interlocked.Decrement(ref _connections);
            return null;
        }

        ChangeResident(ConnectionCost);
        var share = Shares.Enter(client);
        var place = new Place(this, share, Resource.Connections, 0);
        share.Leave();
        return place;
    }

    /// <summary>
    /// Counts so many more connections on which nobody listens. Where a listener has gone and its connection has stayed, they may be
    /// too many now: then some of whoever has most are closed. Called without any lock.
    /// </summary>
    internal void ChangeIdle(int by)
    {
        if (Interlocked.Add(ref _idle, by) > MostIdle && by > 0)
            CloseIdle(() => IdleConnections > MostIdle ? IdleConnections - MostIdle + Several(MostIdle) : 0);
    }

    /// <summary>
    /// Closes connections on which nobody listens, of whoever has most and until only so many are left: before messages and listeners
    /// of others give way, since whoever holds nothing else would lose nothing.
    /// </summary>
    private void CloseIdle(long left, Func<long> missingBytes) =>
        CloseIdle(() => Math.Min(IdleConnections - left, Of(missingBytes(), ConnectionCost)));

    private void CloseIdle(Func<long> missing)
    {
        if (missing() <= 0 || (Volatile.Read(ref _vain) > 0 && Interlocked.Decrement(ref _vain) >= 0)) return;
        var before = IdleConnections;
        Shares.MakeRoom(Resource.IdleConnections, missing, null);
        if (IdleConnections >= before) Volatile.Write(ref _vain, Shares.Clients / Shares.FewClients);
    }
}
