using Malten.Streams.Limits;
using Malten.Streams.Values;

namespace Malten.Gateway.Limits;

/// <summary>
/// How many connections clients open while memory is short. Few of them make little garbage, and whoever opens many makes it all,
/// however few it keeps. Nobody's are closed for others: how many anybody has says little about that. Thread-safe.
/// </summary>
internal sealed class OpenedWhileShort(MemoryPressure pressure)
{
    /// <summary>As many as a browser opens to one node over HTTP/1.1, and some. Whoever has as many gets no more.</summary>
    public const int OfClient = 8;

    /// <summary>The same for a network.</summary>
    public const int OfNetwork = Shares.ClientsOfNetwork * OfClient;

    private readonly Lock _gate = new();
    private readonly Dictionary<ulong, int> _clients = [];
    private readonly Dictionary<ulong, int> _networks = [];
    private int _since;

    /// <summary>
    /// Counts one more that a client opens; false when it has enough, or it or its network has opened enough since memory is short.
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
            var (opened, together) = (_clients.GetValueOrDefault(client.Hash), _networks.GetValueOrDefault(client.Network));
            if (opened >= OfClient || together >= OfNetwork) return false;
            (_clients[client.Hash], _networks[client.Network]) = (opened + 1, together + 1);
            return true;
        }
    }

    private void Begin()
    {
        _since = pressure.Times;
        _clients.Clear();
        _networks.Clear();
    }
}
