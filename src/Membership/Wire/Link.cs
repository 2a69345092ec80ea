using System.Net.Sockets;
using System.Text.Json;
using Malten.Membership.Protocol;

namespace Malten.Membership.Wire;

/// <summary>An open connection to a seed, which answers requests in the order they were sent.</summary>
internal sealed class Link : IAsyncDisposable
{
    private readonly Channel _channel;
    private readonly int _maxMessage;
    private readonly SemaphoreSlim _writing = new(1);
    private readonly CancellationTokenSource _closed = new();
    private readonly Queue<TaskCompletionSource<Reply?>> _pending = new();
    private readonly Task _reading;

    public Link(Channel channel, int maxMessage)
    {
        _channel = channel;
        _maxMessage = maxMessage;
        _reading = ReadAsync();
    }

    public bool IsOpen => !_closed.IsCancellationRequested;

    /// <summary>Returns the reply, or null if the connection fails or time runs out first.</summary>
    public async Task<Reply?> AskAsync(Request request, CancellationToken timeout)
    {
        var answer = new TaskCompletionSource<Reply?>(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            await _writing.WaitAsync(timeout);
            try
            {
                lock (_pending) _pending.Enqueue(answer);
                if (!IsOpen) return null;
                var message = JsonSerializer.SerializeToUtf8Bytes(request, MessageJson.Default.Request);
                await _channel.SendAsync(message, timeout);
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
            // Half a message may have been sent, or the seed may have moved to another address: the next request needs
            // a new connection.
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
                var message = await _channel.ReceiveAsync(_maxMessage, _closed.Token);
                var reply = JsonSerializer.Deserialize(message, MessageJson.Default.Reply);
                TaskCompletionSource<Reply?>? answer;
                lock (_pending)
                {
                    if (!_pending.TryDequeue(out answer)) break;
                }

                answer.SetResult(reply);
            }
        }
        catch (Exception failure) when (failure is OperationCanceledException or IOException or SocketException
            or ObjectDisposedException or JsonException or NotSupportedException)
        {
            // The connection has ended, or the seed sent something else than a reply.
        }

        Close();
        await _channel.DisposeAsync();
        lock (_pending)
        {
            while (_pending.TryDequeue(out var unanswered)) unanswered.TrySetResult(null);
        }
    }

    private void Close() => _closed.Cancel();
}
