using Malten.Streams.Limits;
using Malten.Streams.Values;

namespace Malten.Gateway.Limits;

/// <summary>
/// How many connections clients open while memory is short. Few of them make little garbage, and whoever opens many makes it all,
/// however few it keeps. Nobody's are closed for others: how many anybody has says little about that. Each second one is forgotten, since
/// memory may be short for long, and a client may need a connection for each of its requests. Thread-safe.
/// </summary>
internal sealed class OpenedWhileShort(MemoryPressure pressure, TimeProvider time)
{
    /// <summary>As many as a browser opens to one node over HTTP/1.1, and some. Whoever has as many gets no more.</summary>
    public const int OfClient = 8;

    /// <summary>The same for a network.</summary>
    public const int OfNetwork = Shares.ClientsOfNetwork * OfClient;

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private Dictionary<ulong, int> _clients = [];
    private Dictionary<ulong, int> _networks = [];
    private long _forgotten; // when the last of them were
    private int _since;

    /// <summary>
    /// Counts one more that a client opens; false when it has enough, or it or its network has opened enough lately while memory is short.
    /// </summary>
    /// <param name="client">Who, as <see cref="ClientKeys.WithNetwork(System.Net.IPAddress)"/> says.</param>
    /// <param name="open">How many connections it has.</param>
    public bool TryOpen(ClientKey client, long open)
    {
        if (!pressure.IsHigh) return true;
        if (open >= OfClient) return false;
        lock (_gate)
        {
            if (_since != pressure.Times) Begin();
            Forget((int)Math.Min(OfClient, time.GetElapsedTime(_forgotten) / Second));
            var (opened, together) = (_clients.GetValueOrDefault(client.Hash), _networks.GetValueOrDefault(client.Network));
            if (opened >= OfClient || together >= OfNetwork) return false;
            (_clients[client.Hash], _networks[client.Network]) = (opened + 1, together + 1);
            return true;
        }
    }

    private void Begin()
    {
        (_since, _forgotten) = (pressure.Times, time.GetTimestamp());
        _clients.Clear();
        _networks.Clear();
    }

    /// <summary>Forgets one of each client for each of so many seconds that have passed, and as much of a network.</summary>
    private void Forget(int seconds)
    {
        if (seconds == 0) return;
        _forgotten = seconds == OfClient ? time.GetTimestamp() : _forgotten + (seconds * time.TimestampFrequency);
        _clients = Less(_clients, seconds);
        _networks = Less(_networks, seconds * Shares.ClientsOfNetwork);
    }

    private static Dictionary<ulong, int> Less(Dictionary<ulong, int> counts, int by) =>
        counts.Where(count => count.Value > by).ToDictionary(count => count.Key, count => count.Value - by);
}
