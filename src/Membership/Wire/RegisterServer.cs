using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace Malten.Membership;

/// <summary>A seed's port: answers requests to its acceptor. Bounded in connections, message size, rate and patience.</summary>
internal sealed class RegisterServer : IAsyncDisposable
{
    private readonly Acceptor _acceptor;
    private readonly SeedList _seeds;
    private readonly int _limit;
    private readonly WireOptions _options;
    private readonly TimeProvider _time;
    private readonly Refusals _refusals;
    private readonly Socket _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<Task, bool> _serving = new();
    private readonly Task _accepting;
    private int _connections;
    private int _strangers;

    public RegisterServer(IPEndPoint listen, Acceptor acceptor, SeedList seeds, int limit, WireOptions options,
        TimeProvider time, Refusals refusals)
    {
        (_acceptor, _seeds, _limit, _options, _time, _refusals) = (acceptor, seeds, limit, options, time, refusals);
        _listener = new Socket(listen.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        if (listen.Address.Equals(IPAddress.IPv6Any)) _listener.DualMode = true;
        _listener.Bind(listen);
        _listener.Listen();
        _accepting = AcceptAsync();
    }

    public IPEndPoint LocalEndPoint => (IPEndPoint)_listener.LocalEndPoint!;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_serving.Keys);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var socket = await _listener.AcceptAsync(_stop.Token);
                if (_connections >= _options.MaxConnections || _strangers >= _options.MaxStrangers)
                {
                    _refusals.OfPeer(socket.RemoteEndPoint, "too many connections");
                    socket.Dispose();
                    continue;
                }

                Interlocked.Increment(ref _connections);
                Interlocked.Increment(ref _strangers);
                var serving = ServeAsync(socket);
                _serving[serving] = true;
                _ = serving.ContinueWith(
                    done => _serving.TryRemove(done, out _), CancellationToken.None,
                    TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            }
            catch (Exception failure) when (failure is SocketException or OperationCanceledException
                or ObjectDisposedException)
            {
                // Out of sockets, perhaps: that passes.
                await Task.Delay(TimeSpan.FromMilliseconds(50), _time, _stop.Token)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        await Task.Yield();
        var stranger = true;
        var peer = socket.RemoteEndPoint;
        try
        {
            socket.NoDelay = true;
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            await using var stream = new NetworkStream(socket, ownsSocket: true);
            await using var channel = await ShakeHandsAsync(stream);
            Interlocked.Decrement(ref _strangers);
            stranger = false;
            await AnswerAsync(channel);
        }
        catch (Exception failure) when (failure is OperationCanceledException or IOException or SocketException
            or ObjectDisposedException or JsonException or NotSupportedException)
        {
            if (failure is ChannelException or JsonException or NotSupportedException) _refusals.OfPeer(peer, failure.Message);
        }
        finally
        {
            socket.Dispose();
            Interlocked.Decrement(ref _connections);
            if (stranger) Interlocked.Decrement(ref _strangers);
        }
    }

    private async Task<Channel> ShakeHandsAsync(NetworkStream stream)
    {
        using var deadline = new CancellationTokenSource(_options.HandshakeTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, _stop.Token);
        var hello = Hello.Write(_acceptor.State.Seed, _seeds);
        return await Channel.AcceptAsync(stream, hello, _options, _time, either.Token);
    }

    private async Task AnswerAsync(Channel channel)
    {
        var (second, requests) = (_time.GetTimestamp(), 0);
        while (true)
        {
            var message = await channel.ReceiveAsync(_limit, _stop.Token);
            if (_time.GetElapsedTime(second) >= TimeSpan.FromSeconds(1)) (second, requests) = (_time.GetTimestamp(), 0);
            if (++requests > _options.RequestsPerSecond)
                await Task.Delay(TimeSpan.FromSeconds(1), _time, _stop.Token);
            var request = JsonSerializer.Deserialize(message, RegisterJson.Default.Request);
            if (request is null) throw new JsonException("No request.");
            var reply = JsonSerializer.SerializeToUtf8Bytes(_acceptor.Handle(request), RegisterJson.Default.Reply);
            using var deadline = new CancellationTokenSource(_options.FrameTimeout, _time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, _stop.Token);
            await channel.SendAsync(reply, either.Token);
        }
    }
}
