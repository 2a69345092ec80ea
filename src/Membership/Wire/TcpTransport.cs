using Malten.Membership.Protocol;
using Malten.Membership.Seeds;

namespace Malten.Membership.Wire;

/// <summary>Reaches the seeds over TCP, with one connection to each, opened when it is first needed.</summary>
internal sealed class TcpTransport : ITransport, IAsyncDisposable
{
    private readonly SeedConnection[] _connections;

    public TcpTransport(
        SeedList seeds, int maxMessage, WireOptions options, Resolve resolve, TimeProvider time, Refusals refusals) =>
        _connections = [.. seeds.Addresses.Select((_, seed) =>
            new SeedConnection(seed, seeds, maxMessage, options, resolve, time, refusals))];

    public Task<Reply?> SendAsync(int seed, Request request, CancellationToken timeout) =>
        _connections[seed].AskAsync(request, timeout);

    public async ValueTask DisposeAsync()
    {
        foreach (var connection in _connections) await connection.DisposeAsync();
    }
}
