using System.Collections.Concurrent;
using System.Net.Sockets;

namespace Malten.Testing.Hostile;

/// <summary>
/// Someone who listens to a stream, posts to it and hears that, now and then reads a page, and now and then comes anew; from
/// an address of its own, at times that do not depend on the answers.
/// </summary>
/// <param name="number">Which it is; its address and its stream follow from that.</param>
/// <param name="nodes">The nodes; it uses one of them.</param>
/// <param name="period">The time between two things that it does; zero for one as soon as the other is done.</param>
/// <param name="patience">How long it waits for one thing that it does.</param>
/// <param name="done">What it has done is added here.</param>
public sealed class OrdinaryClient(
    int number, IReadOnlyList<Uri> nodes, TimeSpan period, TimeSpan patience, ConcurrentQueue<Done> done) : IDisposable
{
    private static readonly TimeSpan Comeback = TimeSpan.FromMilliseconds(100);
    private static readonly string Filler = new('.', 80);

    private readonly ConcurrentDictionary<string, TaskCompletionSource> _awaited = new();
    private readonly TaskCompletionSource _hearing = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string _stream = OrdinaryStreams.Name(number);
    private AttackConnection? _connection;
    private string _lastId = "";

    private Uri Node => nodes[number % nodes.Count];

    /// <summary>Listens until it is stopped, and comes back at once when it was disconnected.</summary>
    public async Task ListenAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                using var connection = await AttackConnection.OpenAsync(Node, Addresses.Ordinary(number), stop);
                await HearAsync(connection, stop);
            }
            catch (Exception failure) when (failure is SocketException or OperationCanceledException)
            {
                // comes back
            }

            if (!stop.IsCancellationRequested) await Task.Delay(Comeback, CancellationToken.None);
        }
    }

    /// <summary>Does so many things, or as many as there is time for.</summary>
    public async Task ActAsync(int most, CancellationToken stop)
    {
        await _hearing.Task.WaitAsync(stop);
        var (time, began) = (TimeProvider.System, TimeProvider.System.GetTimestamp());
        began += (long)(period.TotalSeconds * time.TimestampFrequency * (number * 7 % 50 / 50.0)); // not all at once
        for (var turn = 0; turn < most && !stop.IsCancellationRequested; turn++)
        {
            var due = period == TimeSpan.Zero ? time.GetTimestamp() : began + (long)(turn * period.TotalSeconds * time.TimestampFrequency);
            var early = time.GetElapsedTime(time.GetTimestamp(), due);
            if (early > TimeSpan.Zero) await Task.Delay(early, CancellationToken.None);
            done.Enqueue(await DoAsync(turn, due));
        }
    }

    /// <summary>Closes its connection.</summary>
    public void Dispose() => _connection?.Dispose();

    private async Task<Done> DoAsync(int turn, long due)
    {
        var (kind, action) = (turn % 10) switch
        {
            3 or 8 => ("read", (Func<CancellationToken, Task<int>>)ReadAsync),
            5 => ("listen", ComeAnewAsync),
            _ => ("post", limit => PostAsync(turn, limit)),
        };
        using var giveUp = new CancellationTokenSource(patience);
        try
        {
            var status = await action(giveUp.Token);
            if (status == 200) return new Done(kind, due, TimeProvider.System.GetElapsedTime(due));
            if (status == 0) Disconnect();
            return new Done(kind, due, null, status == 0 ? "disconnected" : $"{status}");
        }
        catch (Exception failure) when (failure is SocketException or OperationCanceledException)
        {
            Disconnect();
            return new Done(kind, due, null, failure is SocketException socket ? $"{socket.SocketErrorCode}" : "no answer");
        }
    }

    private async Task<int> PostAsync(int turn, CancellationToken limit)
    {
        var mark = $"said-{number}-{turn}-";
        var heard = _awaited[mark] = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            var status = await AskAsync(Requests.Post("/messages", $"stream={_stream}&user=u{number}&message={mark}{Filler}"), limit);
            if (status == 200) await heard.Task.WaitAsync(limit);
            return status;
        }
        finally
        {
            _awaited.TryRemove(mark, out _);
        }
    }

    private Task<int> ReadAsync(CancellationToken limit) => AskAsync(Requests.Get($"/messages?stream={_stream}"), limit);

    private async Task<int> ComeAnewAsync(CancellationToken limit)
    {
        using var connection = await AttackConnection.OpenAsync(Node, Addresses.Ordinary(number), limit);
        await connection.SendAsync(Requests.Get($"/events?stream={_stream}"), limit);
        if (await connection.ReadHeadAsync(limit) is not { } head) return 0;
        if (head.Status != 200) return head.Status;
        while (await connection.ReadLineAsync(limit) is { } line)
            if (line.Contains("\"open\"", StringComparison.Ordinal))
                return 200;
        return 0;
    }

    private async Task<int> AskAsync(byte[] request, CancellationToken limit)
    {
        _connection ??= await AttackConnection.OpenAsync(Node, Addresses.Ordinary(number), limit);
        return await _connection.AskAsync(request, limit);
    }

    private void Disconnect()
    {
        _connection?.Dispose();
        _connection = null;
    }

    private async Task HearAsync(AttackConnection connection, CancellationToken stop)
    {
        var resume = _lastId.Length > 0 ? $"Last-Event-ID: {_lastId}\r\n" : "";
        await connection.SendAsync(Requests.Get($"/events?stream={_stream}&user=u{number}", resume), stop);
        if (await connection.ReadHeadAsync(stop) is not { Status: 200 }) return;
        while (await connection.ReadLineAsync(stop) is { } line)
        {
            if (line.StartsWith("id: ", StringComparison.Ordinal)) _lastId = line["id: ".Length..];
            else if (line.Contains("\"open\"", StringComparison.Ordinal)) _hearing.TrySetResult();
            else if (line.IndexOf($"said-{number}-", StringComparison.Ordinal) is var at and >= 0) Heard(line, at);
        }
    }

    private void Heard(string line, int at)
    {
        var end = line.IndexOf('.', at);
        if (end > at && _awaited.TryGetValue(line[at..end], out var awaited)) awaited.TrySetResult();
    }
}
