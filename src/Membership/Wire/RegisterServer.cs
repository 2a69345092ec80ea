using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Malten.Membership.Protocol;
using Malten.Membership.Seeds;

namespace Malten.Membership.Wire;

/// <summary>
/// A seed's port: answers requests to the seed's acceptor, with limits on connections, message size, rate and time.
/// </summary>
internal sealed class RegisterServer : IAsyncDisposable
{
    private readonly Acceptor _acceptor;
    private readonly SeedList _seeds;
    private readonly int _maxMessage;
    private readonly WireOptions _options;
    private readonly TimeProvider _time;
    private readonly Refusals _refusals;
    private readonly Socket _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<Task, bool> _serving = new();
    private readonly Task _accepting;
    private int _connections;
    private int _handshakes;

    /// <summary>Starts to listen.</summary>
    /// <exception cref="SocketException">The port is taken.</exception>
    public RegisterServer(IPEndPoint listen, Acceptor acceptor, SeedList seeds, int maxMessage, WireOptions options,
        TimeProvider time, Refusals refusals)
    {
        _acceptor = acceptor;
        _seeds = seeds;
        _maxMessage = maxMessage;
        _options = options;
        _time = time;
        _refusals = refusals;
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
                Admit(await _listener.AcceptAsync(_stop.Token));
            }
            catch (Exception failure) when (failure is SocketException or OperationCanceledException
                or ObjectDisposedException)
            {
                // The process may be out of file descriptors, which passes.
                await Task.Delay(TimeSpan.FromMilliseconds(50), _time, _stop.Token)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private void Admit(Socket socket)
    {
        if (_connections >= _options.MaxConnections || _handshakes >= _options.MaxHandshakes)
        {
            _refusals.OfPeer(socket.RemoteEndPoint, "too many connections");
            socket.Dispose();
            return;
        }

        Interlocked.Increment(ref _connections);
        Interlocked.Increment(ref _handshakes);
        var serving = ServeAsync(socket);
        _serving[serving] = true;
        _ = serving.ContinueWith(
            done => _serving.TryRemove(done, out _), CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private async Task ServeAsync(Socket socket)
    {
        await Task.Yield();
        var isHandshake = true;
        var peer = socket.RemoteEndPoint;
        try
        {
            socket.NoDelay = true;
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            await using var stream = new NetworkStream(socket, ownsSocket: true);
            await using var channel = await ShakeHandsAsync(stream);
            Interlocked.Decrement(ref _handshakes);
            isHandshake = false;
            await AnswerAsync(channel);
        }
        catch (Exception failure) when (failure is OperationCanceledException or IOException or SocketException
            or ObjectDisposedException or JsonException or NotSupportedException)
        {
            if (failure is ChannelException or JsonException or NotSupportedException)
                _refusals.OfPeer(peer, failure.Message);
        }
        finally
        {
            socket.Dispose();
            Interlocked.Decrement(ref _connections);
            if (isHandshake) Interlocked.Decrement(ref _handshakes);
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
        var rate = new RateLimit(_options.RequestsPerSecond, _time);
        while (true)
        {
            var message = await channel.ReceiveAsync(_maxMessage, _stop.Token);
            await rate.WaitAsync(_stop.Token);
            var request = JsonSerializer.Deserialize(message, MessageJson.Default.Request)
                ?? throw new JsonException("its message is not a request");
            var reply = JsonSerializer.SerializeToUtf8Bytes(_acceptor.Handle(request), MessageJson.Default.Reply);
            using var deadline = new CancellationTokenSource(_options.FrameTimeout, _time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, _stop.Token);
            await channel.SendAsync(reply, either.Token);
        }
    }
}
