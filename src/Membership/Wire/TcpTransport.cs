namespace Malten.Membership;

/// <summary>The way to the seeds over TCP: one connection each, opened when it is needed.</summary>
internal sealed class TcpTransport : ITransport, IAsyncDisposable
{
    private readonly SeedConnection[] _connections;

    public TcpTransport(
        SeedList seeds, int limit, WireOptions options, Resolve resolve, TimeProvider time, Refusals refusals) =>
        _connections = [.. seeds.Addresses.Select((_, seed) =>
            new SeedConnection(seed, seeds, limit, options, resolve, time, refusals))];

    public Task<Reply?> SendAsync(int seed, Request request, CancellationToken timeout) =>
        _connections[seed].AskAsync(request, timeout);

    public async ValueTask DisposeAsync()
    {
        foreach (var connection in _connections) await connection.DisposeAsync();
    }
}
