using System.Net.Sockets;
using Malten.Membership.Protocol;
using Malten.Membership.Seeds;

namespace Malten.Membership.Wire;

/// <summary>
/// Reaches one seed: connects when it is first asked, and again after each failure, resolving the name every time.
/// </summary>
internal sealed class SeedConnection(int seed, SeedList seeds, int maxMessage, WireOptions options, Resolve resolve,
    TimeProvider time, Refusals refusals) : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stop = new();
    private Task<Link?> _link = Task.FromResult<Link?>(null);

    /// <summary>Returns the seed's reply, or null if it can't be reached or time runs out first.</summary>
    public async Task<Reply?> AskAsync(Request request, CancellationToken timeout)
    {
        try
        {
            if (await Open().WaitAsync(timeout) is not { } link) return null;
            var reply = await link.AskAsync(request, timeout);
            return reply is not null && reply.State.Seed == seed && reply.State.Known.Length == seeds.Addresses.Length
                ? reply
                : null;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        Task<Link?> last;
        lock (_gate)
        {
            _stop.Cancel();
            last = _link;
        }

        if (await last is { } link) await link.DisposeAsync();
        _stop.Dispose();
    }

    private Task<Link?> Open()
    {
        lock (_gate)
        {
            if (!_stop.IsCancellationRequested && _link.IsCompleted && _link.Result is not { IsOpen: true })
                _link = ConnectAsync();
            return _link;
        }
    }

    private async Task<Link?> ConnectAsync()
    {
        // Leaves the caller's thread and its lock.
        await Task.Yield();
        using var deadline = new CancellationTokenSource(options.HandshakeTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, _stop.Token);
        var address = seeds.Addresses[seed];
        Socket? socket = null;
        try
        {
            var addresses = await resolve(address.Host, either.Token);
            socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(addresses, address.Port, either.Token);
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            var channel = await Channel.ConnectAsync(
                new NetworkStream(socket, ownsSocket: true), Hello.Write(seed, seeds), options, time, either.Token);
            return new Link(channel, maxMessage);
        }
        catch (Exception failure) when (failure is OperationCanceledException or IOException or SocketException
            or ArgumentException)
        {
            socket?.Dispose();
            if (failure is ChannelException or EndOfStreamException) refusals.OfSeed(address, failure.Message);
            return null;
        }
    }
}
