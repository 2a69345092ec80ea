using System.Collections.Concurrent;

namespace Malten.Testing.Hostile;

/// <summary>Ordinary clients, each at an address of its own, and what they were served.</summary>
public sealed class OrdinaryCrowd : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<Done> _done = new();
    private readonly List<OrdinaryClient> _clients;
    private readonly List<Task> _listening;

    private OrdinaryCrowd(int count, IReadOnlyList<Uri> nodes, TimeSpan patience, TimeSpan period)
    {
        _clients = [.. Enumerable.Range(0, count).Select(number => new OrdinaryClient(number, nodes, period, patience, _done))];
        _listening = [.. _clients.Select(client => Task.Run(() => client.ListenAsync(_stop.Token)))];
    }

    /// <summary>What they have done so far.</summary>
    public IReadOnlyCollection<Done> Done => _done;

    /// <summary>Begins the public stream and has so many clients listen, on all nodes in turn.</summary>
    /// <param name="count">How many, up to 250.</param>
    /// <param name="nodes">The nodes, by address and port of loopback.</param>
    /// <param name="patience">How long each waits for one thing that it does.</param>
    /// <param name="period">How long each waits between two things that it does.</param>
    public static async Task<OrdinaryCrowd> StartAsync(int count, IReadOnlyList<Uri> nodes, TimeSpan patience, TimeSpan period = default)
    {
        using var connection = await AttackConnection.OpenAsync(nodes[0], Addresses.Ordinary(0), CancellationToken.None);
        await connection.AskAsync(Requests.Post("/streams", $"stream={OrdinaryStreams.Public}"), CancellationToken.None);
        return new OrdinaryCrowd(count, nodes, patience, period);
    }

    /// <summary>Has each do so many things, or as many as there is time for.</summary>
    public Task ActAsync(int each, CancellationToken stop = default) =>
        Task.WhenAll(_clients.Select(client => Task.Run(() => client.ActAsync(each, stop), CancellationToken.None)));

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_listening);
        foreach (var client in _clients) client.Dispose();
        _stop.Dispose();
    }
}
