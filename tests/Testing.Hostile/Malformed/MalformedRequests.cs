using System.Collections.Concurrent;
using System.Net.Sockets;

namespace Malten.Testing.Hostile.Malformed;

/// <summary>Sends a run of malformed requests to a node, each on a connection of its own, and counts how they are answered.</summary>
/// <param name="node">The node, by address and port of loopback.</param>
/// <param name="canary">The word that all of them contain.</param>
/// <param name="seed">What they are made of; the same one makes the same requests.</param>
public sealed class MalformedRequests(Uri node, string canary, int seed)
{
    private const int Connections = 24;
    private const int Clients = 50; // so that no client has more connections waiting for their end than it has ports

    // Whoever has promised more than was sent is answered only once no more can come. A request that is whole would be given up
    // with that, so a busy node first answers another that came later.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(100);
    private static readonly byte[] Later = "GET /messages?stream=later HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"u8.ToArray();
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(30);

    private readonly RequestFuzzer _fuzzer = new(canary);
    private readonly ConcurrentDictionary<int, int> _answers = new();

    /// <summary>How many answers had each status; 0 where the node closed without one.</summary>
    public IReadOnlyDictionary<int, int> Answers => _answers;

    /// <summary>Sends them.</summary>
    /// <param name="first">The number of the first; a run can go on where another ended.</param>
    /// <param name="count">How many.</param>
    public Task SendAsync(int first, int count) => Parallel.ForAsync(
        first, first + count, new ParallelOptions { MaxDegreeOfParallelism = Connections }, async (number, _) => await SendOneAsync(number));

    /// <summary>A request of the run.</summary>
    public byte[] Request(int number) => _fuzzer.Next(new Random(HashCode(number)));

    private async Task SendOneAsync(int number)
    {
        var status = 0;
        try
        {
            using var connection = await AttackConnection.OpenAsync(node, Addresses.Ordinary(number % Clients), CancellationToken.None);
            await connection.SendAsync(Request(number), CancellationToken.None);
            status = await AnswerAsync(connection, number);
        }
        catch (SocketException)
        {
            // The node has closed, as it may.
        }

        _answers.AddOrUpdate(status, 1, (_, count) => count + 1);
    }

    private async Task<int> AnswerAsync(AttackConnection connection, int number)
    {
        using var end = new CancellationTokenSource(EndPatience);
        var head = connection.ReadHeadAsync(end.Token);
        if (!head.IsCompleted && await Task.WhenAny(head, Task.Delay(Patience, CancellationToken.None)) != head)
        {
            await AskLaterAsync(number, end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            if (!head.IsCompleted) connection.EndSending();
        }

        return (await head)?.Status ?? 0;
    }

    private async Task AskLaterAsync(int number, CancellationToken end)
    {
        using var connection = await AttackConnection.OpenAsync(node, Addresses.Ordinary(number % Clients), end);
        await connection.AskAsync(Later, end);
    }

    // Numbers that follow each other are no good seeds: their first random numbers are much alike.
    private int HashCode(int number) => unchecked((int)(((uint)number ^ ((uint)seed * 0x9e3779b9)) * 0x85ebca6b));
}
