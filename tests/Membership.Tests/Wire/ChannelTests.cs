using System.Buffers.Binary;
using Malten.Membership.Seeds;
using Malten.Membership.Wire;
using Malten.Testing;

namespace Malten.Membership.Tests.Wire;

public class ChannelTests
{
    private const int HelloLength = 73;
    private const int EmptyFrame = 4 + 32;
    private static readonly SeedList Seeds = SeedList.Parse(["a:1", "b:1", "c:1"]);
    private static readonly WireOptions Options = new() { Secret = "sixteen bytes or more"u8.ToArray() };
    private readonly FakeTime _time = new();

    [Fact]
    public async Task Messages_of_every_size_arrive_in_order_in_both_directions()
    {
        var (asking, seed, _, _) = await OpenAsync();
        foreach (var (from, to) in new[] { (asking, seed), (seed, asking) })
        {
            byte[][] messages = [[], [1], [.. Enumerable.Range(0, 1000).Select(number => (byte)number)], []];
            foreach (var message in messages) await from.SendAsync(message, CancellationToken.None);
            foreach (var message in messages)
                Assert.Equal(message, await to.ReceiveAsync(1000, CancellationToken.None));
        }
    }

    [Fact]
    public async Task Both_sides_send_a_hello_and_an_empty_frame_first()
    {
        var (near, far) = Duplex.Pair();
        var connecting = ConnectAsync(near);
        await ReadAsync(far, HelloLength);
        await far.WriteAsync(Hello.Write(1, Seeds));
        Assert.Equal([0, 0, 0, 0], (await ReadAsync(far, EmptyFrame))[..4]);
        Assert.False(connecting.IsCompleted);

        (near, far) = Duplex.Pair();
        var accepting = AcceptAsync(near);
        await far.WriteAsync(Hello.Write(1, Seeds));
        await ReadAsync(far, HelloLength);
        Assert.False(accepting.IsCompleted);
    }

    [Fact]
    public async Task Each_side_says_that_the_other_has_another_secret()
    {
        var (near, far) = Duplex.Pair();
        var connecting = ConnectAsync(near, Options with { Secret = new byte[] { 1 } });
        var refused = await Assert.ThrowsAsync<ChannelException>(() => AcceptAsync(far));
        Assert.Equal("it does not know the secret, or its message was altered or replayed", refused.Message);
        await far.DisposeAsync();
        refused = await Assert.ThrowsAsync<ChannelException>(() => connecting);
        Assert.Equal("it closed the connection, as it does when it has another secret", refused.Message);
    }

    [Fact]
    public async Task Each_side_says_that_the_other_has_another_list_or_is_another_seed()
    {
        foreach (var (hello, reason) in new[]
        {
            (Hello.Write(1, SeedList.Parse(["a:1", "b:1"])), "it has another list of seeds"),
            (Hello.Write(2, Seeds),
                "seed 1 was expected, but it is seed 2; perhaps the list has two names for one seed"),
        })
        {
            var (near, far) = Duplex.Pair();
            await far.WriteAsync(hello);
            Assert.Equal(reason, (await Assert.ThrowsAsync<ChannelException>(() => ConnectAsync(near))).Message);
            (near, far) = Duplex.Pair();
            await far.WriteAsync(hello);
            Assert.Equal(reason, (await Assert.ThrowsAsync<ChannelException>(() => AcceptAsync(near))).Message);
            await ReadAsync(far, HelloLength);
        }
    }

    [Fact]
    public async Task A_seed_sends_nothing_to_a_peer_that_speaks_another_protocol()
    {
        var (near, far) = Duplex.Pair();
        await far.WriteAsync(new byte[HelloLength]);
        var refused = await Assert.ThrowsAsync<ChannelException>(() => AcceptAsync(near));
        Assert.Equal("it speaks another protocol", refused.Message);
        await near.DisposeAsync();
        Assert.Equal(0, await far.ReadAsync(new byte[1]));

        (near, far) = Duplex.Pair();
        await far.WriteAsync(new byte[HelloLength]);
        refused = await Assert.ThrowsAsync<ChannelException>(() => ConnectAsync(near));
        Assert.Equal("it speaks another protocol", refused.Message);
    }

    [Fact]
    public async Task A_message_may_have_as_many_bytes_as_the_limit_and_no_more()
    {
        var (asking, seed, _, _) = await OpenAsync();
        await asking.SendAsync(new byte[10], CancellationToken.None);
        Assert.Equal(10, (await seed.ReceiveAsync(10, CancellationToken.None)).Length);
        await asking.SendAsync(new byte[11], CancellationToken.None);
        var refused = await Assert.ThrowsAsync<ChannelException>(() => seed.ReceiveAsync(10, CancellationToken.None));
        Assert.Equal("its message has 11 bytes, and at most 10 are allowed", refused.Message);
    }

    [Fact]
    public async Task A_length_with_the_highest_bit_set_is_too_long()
    {
        var (_, seed, wire, _) = await OpenAsync();
        await wire.WriteAsync(new byte[] { 255, 255, 255, 255 });
        var refused = await Assert.ThrowsAsync<ChannelException>(() => seed.ReceiveAsync(10, CancellationToken.None));
        Assert.Equal("its message has 4294967295 bytes, and at most 10 are allowed", refused.Message);
    }

    [Fact]
    public async Task A_message_that_was_altered_on_its_way_is_rejected()
    {
        const int Length = 4 + 3 + 32;
        for (var at = 3; at <= Length; at++)
        {
            var (asking, seed, near, far) = await OpenAsync();
            await asking.SendAsync(new byte[] { 1, 2, 3 }, CancellationToken.None);
            var frame = await ReadAsync(far, Length);
            if (at < Length) frame[at] ^= 1;
            await near.WriteAsync(frame);
            var receiving = seed.ReceiveAsync(100, CancellationToken.None);
            if (at == Length) Assert.Equal([1, 2, 3], await receiving);
            else await Assert.ThrowsAsync<ChannelException>(() => receiving);
        }
    }

    [Fact]
    public async Task Silence_ends_a_connection_after_the_idle_timeout()
    {
        var (_, seed, _, _) = await OpenAsync();
        var receiving = seed.ReceiveAsync(10, CancellationToken.None);
        _time.Advance(Options.IdleTimeout - TimeSpan.FromTicks(1));
        Assert.False(receiving.IsCompleted);
        _time.Advance(TimeSpan.FromTicks(1));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => receiving);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(40)]
    public async Task Half_a_message_ends_a_connection_after_the_frame_timeout(int bytes)
    {
        var (_, seed, wire, _) = await OpenAsync();
        var receiving = seed.ReceiveAsync(10, CancellationToken.None);
        var frame = new byte[41];
        BinaryPrimitives.WriteInt32BigEndian(frame, 5);
        await wire.WriteAsync(frame.AsMemory(0, bytes));
        _time.Advance(Options.FrameTimeout - TimeSpan.FromTicks(1));
        Assert.False(receiving.IsCompleted);
        _time.Advance(TimeSpan.FromTicks(1));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => receiving);
    }

    [Fact]
    public async Task A_receiver_can_be_cancelled_and_notices_the_end_of_the_connection()
    {
        var (asking, seed, _, _) = await OpenAsync();
        using var cancel = new CancellationTokenSource();
        var receiving = seed.ReceiveAsync(10, cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => receiving);

        (asking, seed, _, _) = await OpenAsync();
        await asking.DisposeAsync();
        await Assert.ThrowsAsync<EndOfStreamException>(() => seed.ReceiveAsync(10, CancellationToken.None));
    }

    private Task<Channel> ConnectAsync(Stream stream, WireOptions? options = null) =>
        Channel.ConnectAsync(stream, Hello.Write(1, Seeds), options ?? Options, _time, CancellationToken.None);

    private Task<Channel> AcceptAsync(Stream stream) =>
        Channel.AcceptAsync(stream, Hello.Write(1, Seeds), Options, _time, CancellationToken.None);

    private static async Task<byte[]> ReadAsync(Stream stream, int length)
    {
        var bytes = new byte[length];
        await stream.ReadExactlyAsync(bytes);
        return bytes;
    }

    // An open connection, and the streams under its two ends.
    private async Task<(Channel Asking, Channel Seed, Stream Near, Stream Far)> OpenAsync()
    {
        var (near, far) = Duplex.Pair();
        var connecting = ConnectAsync(near);
        var seed = await AcceptAsync(far);
        return (await connecting, seed, near, far);
    }
}
