using System.Net.Sockets;
using System.Text.Json;

namespace Malten.Membership;

/// <summary>An open connection to a seed. It answers in the order it was asked.</summary>
internal sealed class Link : IAsyncDisposable
{
    private readonly Channel _channel;
    private readonly int _limit;
    private readonly SemaphoreSlim _writing = new(1);
    private readonly CancellationTokenSource _closed = new();
    private readonly Queue<TaskCompletionSource<Reply?>> _asked = new();
    private readonly Task _reading;

    public Link(Channel channel, int limit)
    {
        _channel = channel;
        _limit = limit;
        _reading = ReadAsync();
    }

    public bool IsOpen => !_closed.IsCancellationRequested;

    /// <summary>The answer; null if the connection fails first.</summary>
    public async Task<Reply?> AskAsync(Request request, CancellationToken timeout)
    {
        var answer = new TaskCompletionSource<Reply?>(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            await _writing.WaitAsync(timeout);
            try
            {
                lock (_asked) _asked.Enqueue(answer);
                if (!IsOpen) return null;
                await _channel.SendAsync(JsonSerializer.SerializeToUtf8Bytes(request, RegisterJson.Default.Request), timeout);
            }
            finally
            {
                _writing.Release();
            }

            return await answer.Task.WaitAsync(timeout);
        }
        catch (Exception failure) when (failure is OperationCanceledException or IOException or SocketException
            or ObjectDisposedException)
        {
            // Half a message may have been sent, or the seed has moved to another address: begin anew next time.
            Close();
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        Close();
        await _reading;
    }

    private async Task ReadAsync()
    {
        try
        {
            while (true)
            {
                var message = await _channel.ReceiveAsync(_limit, _closed.Token);
                var reply = JsonSerializer.Deserialize(message, RegisterJson.Default.Reply);
                TaskCompletionSource<Reply?>? answer;
                lock (_asked)
                {
                    if (!_asked.TryDequeue(out answer)) break;
                }

                answer.SetResult(reply);
            }
        }
        catch (Exception failure) when (failure is OperationCanceledException or IOException or SocketException
            or ObjectDisposedException or JsonException or NotSupportedException)
        {
        }

        Close();
        await _channel.DisposeAsync();
        lock (_asked)
        {
            while (_asked.TryDequeue(out var unanswered)) unanswered.TrySetResult(null);
        }
    }

    private void Close() => _closed.Cancel();
}
