using System.Net;
using System.Net.Sockets;

namespace Malten.Testing.Hostile;

/// <summary>An attack under way: against which nodes, from which addresses, and how fast.</summary>
/// <param name="nodes">The nodes, by address and port of loopback.</param>
/// <param name="from">The addresses from which it comes, of 127.0.0.0/8.</param>
/// <param name="pace">How fast it goes.</param>
/// <param name="seed">What its random choices depend on.</param>
/// <param name="stop">Ends it.</param>
public sealed class Assault(IReadOnlyList<Uri> nodes, IReadOnlyList<IPAddress> from, AttackPace pace, int seed, CancellationToken stop)
{
    private const int FewConnections = 64;

    // Those who come back after each refusal at once would only measure how fast they can connect.
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(20);

    private int _open;

    /// <summary>Ends the attack.</summary>
    public CancellationToken Stop => stop;

    /// <summary>How many requests have been sent, or connections opened that are held.</summary>
    public long Done => pace.Done;

    /// <summary>How many connections are open now.</summary>
    public int Open => Volatile.Read(ref _open);

    /// <summary>As many connections as a flood needs: some from each address.</summary>
    public int Few => Math.Max(FewConnections, from.Count);

    /// <summary>The addresses from which it comes.</summary>
    public IReadOnlyList<IPAddress> From => from;

    /// <summary>Sends requests on connections that stay open, and reads the answers.</summary>
    public Task FloodAsync(Func<Random, byte[]> request) => EachAsync(Few, async (connection, random) =>
    {
        do
            if (await connection.AskAsync(request(random), stop) == 0)
                return;
        while (await pace.NextAsync(stop));
    });

    /// <summary>Sends requests on one more connection, from any of the addresses to any node, until it is closed.</summary>
    public async Task FloodFromAsync(Random random, Func<byte[]> request)
    {
        using var connection = await OpenAsync(random.Next(), null);
        while (await pace.NextAsync(stop) && await connection.AskAsync(request(), stop) != 0)
        {
        }
    }

    /// <summary>Sends the same again and again on so many connections, and does not wait for the answers.</summary>
    public Task PipelineAsync(int connections, byte[] requests) => EachAsync(connections, async (connection, _) =>
    {
        var answered = connection.DrainAsync(stop);
        do await connection.SendAsync(requests, stop);
        while (!answered.IsCompleted && await pace.NextAsync(stop));
    });

    /// <summary>
    /// Opens so many connections and does the same with each of them until that returns; then the next takes its place. What
    /// fails on a connection ends only that one.
    /// </summary>
    /// <param name="receiveBuffer">How many bytes the system may hold that were not read.</param>
    public Task EachAsync(int connections, Func<AttackConnection, Random, Task> use, int? receiveBuffer = null) =>
        Task.WhenAll(Enumerable.Range(0, connections).Select(number => Task.Run(async () =>
        {
            var random = new Random(seed + number);
            while (await NextAsync()) await UseAsync(number, random, use, receiveBuffer);
        })));

    /// <summary>Waits until the attack ends.</summary>
    public async Task UntilStoppedAsync()
    {
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = stop.UnsafeRegister(_ => stopped.SetResult(), null);
        await stopped.Task;
    }

    /// <summary>Sends a request once, from an address of no attacker; what an attack prepares.</summary>
    public async Task PrepareAsync(int number, byte[] request)
    {
        using var connection = await AttackConnection.OpenAsync(nodes[0], Addresses.Preparer(number), stop);
        await connection.AskAsync(request, stop);
    }

    private async Task UseAsync(int number, Random random, Func<AttackConnection, Random, Task> use, int? receiveBuffer)
    {
        try
        {
            using var connection = await OpenAsync(number, receiveBuffer);
            Interlocked.Increment(ref _open);
            try
            {
                await use(connection, random);
            }
            finally
            {
                Interlocked.Decrement(ref _open);
            }
        }
        catch (Exception failure) when (failure is SocketException or IOException or OperationCanceledException)
        {
            if (!stop.IsCancellationRequested) await Task.Delay(Rest, CancellationToken.None);
        }
    }

    private Task<AttackConnection> OpenAsync(int number, int? receiveBuffer) =>
        AttackConnection.OpenAsync(nodes[number % nodes.Count], from[number % from.Count], stop, receiveBuffer);

    private async ValueTask<bool> NextAsync()
    {
        try
        {
            return await pace.NextAsync(stop);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
