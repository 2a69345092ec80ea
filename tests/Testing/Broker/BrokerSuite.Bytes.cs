using System.Buffers;
using Malten.Streams;
using Malten.Streams.Bytes;
using Malten.Streams.Values;
using Malten.Testing.Bytes;

namespace Malten.Testing;

public abstract partial class BrokerSuite<THost>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private ByteRelay Relay => Host.Relays[0];

    [Fact]
    public async Task Bytes_pass_between_any_two_nodes_whole_and_in_order()
    {
        var pipe = await Broker.CreatePipeAsync(TimeToLive.Default);
        foreach (var from in Host.Relays)
            foreach (var to in Host.Relays)
            {
                var bytes = Bytes(600_001);
                var sink = new TestSink();
                await using var receiver = await to.ReceiveAsync(On(pipe, 1));
                var received = receiver.RunAsync(sink, default);
                Assert.Equal(bytes.Length, await from.SendAsync(On(pipe, 0), TestBody.Of(bytes)).AsTask().WaitAsync(Patience));
                Assert.True(await received.WaitAsync(Patience));
                Assert.Equal(bytes, sink.Bytes);
            }
    }

    [Fact]
    public async Task A_channel_stays_open_for_as_many_bodies_as_are_announced()
    {
        var pipe = await Broker.CreatePipeAsync(TimeToLive.Default);
        byte[][] bodies = [Bytes(1), [], Bytes(100_000), Bytes(33_000)];
        var sink = new TestSink();
        await using var receiver = await Host.Relays[^1].ReceiveAsync(On(pipe, 0));
        var received = receiver.RunAsync(sink, default);
        foreach (var (index, body) in bodies.Index())
        {
            Assert.False(received.IsCompleted);
            Assert.Equal(body.Length, await Host.Relays[index % Host.Relays.Count]
                .SendAsync(On(pipe, 1), TestBody.Of(body), more: index < bodies.Length - 1).AsTask().WaitAsync(Patience));
        }

        Assert.True(await received.WaitAsync(Patience));
        Assert.Equal(bodies.SelectMany(body => body), sink.Bytes);
    }

    [Fact]
    public async Task A_receiver_whose_sender_has_given_up_meanwhile_does_not_end_as_if_it_had_got_all()
    {
        var pipe = await Broker.CreatePipeAsync(TimeToLive.Default);
        foreach (var more in new[] { false, true })
        {
            await using var receiver = await Relay.ReceiveAsync(On(pipe, 0));
            var received = receiver.RunAsync(new TestSink(), default);
            Assert.Equal(OfferOutcome.Accepted, receiver.TryAccept(new GivenUp(), more));
            Assert.False(await received.WaitAsync(Patience));
            Assert.Equal(OfferOutcome.Gone, receiver.TryAccept(new GivenUp(), more));
        }
    }

    [Fact]
    public async Task Whoever_has_received_all_is_not_cut_off_by_whoever_receives_next()
    {
        var pipe = await Broker.CreatePipeAsync(TimeToLive.Default);
        await using var first = await Relay.ReceiveAsync(On(pipe, 1));
        var received = first.RunAsync(new TestSink(), default);
        await Relay.SendAsync(On(pipe, 0), TestBody.Of(Bytes(10))).AsTask().WaitAsync(Patience);
        Assert.True(await received.WaitAsync(Patience));
        await using var second = await Relay.ReceiveAsync(On(pipe, 1)); // before the first has left
        received = second.RunAsync(new TestSink(), default);
        await Relay.SendAsync(On(pipe, 0), TestBody.Of(Bytes(10))).AsTask().WaitAsync(Patience);
        Assert.True(await received.WaitAsync(Patience));
        Assert.False(first.Cut.IsCancellationRequested);
    }

    [Fact]
    public async Task Channels_and_directions_are_each_for_themselves()
    {
        var pipe = await Broker.CreatePipeAsync(TimeToLive.Default);
        (int Seat, int Channel)[] ends = [(0, 0), (1, 0), (0, 15), (1, 15)];
        var sinks = ends.Select(_ => new TestSink()).ToList();
        var bodies = ends.Select(_ => Bytes(70_000)).ToList();
        var receivers = new List<ByteReceiver>();
        foreach (var (index, end) in ends.Index())
            receivers.Add(await Host.Relays[index % Host.Relays.Count].ReceiveAsync(On(pipe, end.Seat, end.Channel)));
        var received = receivers.Zip(sinks, (receiver, sink) => receiver.RunAsync(sink, default)).ToList();
        await Task.WhenAll(ends.Index().Select(one => Host.Relays[(one.Index + 1) % Host.Relays.Count]
            .SendAsync(On(pipe, 1 - one.Item.Seat, one.Item.Channel), TestBody.Of(bodies[one.Index])).AsTask())).WaitAsync(Patience);
        Assert.All(await Task.WhenAll(received).WaitAsync(Patience), Assert.True);
        Assert.Equal(bodies, sinks.Select(sink => sink.Bytes));
        foreach (var receiver in receivers) await receiver.DisposeAsync();
    }

    [Fact]
    public async Task Bytes_need_a_pipe_and_one_of_its_seats()
    {
        var pipe = await Broker.CreatePipeAsync(TimeToLive.Default);
        await PostAsync("no pipe");
        foreach (var relay in Host.Relays)
            foreach (var (name, seat) in new[] { (pipe.Name, null), (pipe.Name, "guess"), (Name, null), (Name, pipe.Seats[0]), (StreamName.Random(), null) })
            {
                var address = new StreamAddress(name, seat);
                await RefusedAsync(Refusal.NotYours, () => relay.ReceiveAsync(new ByteChannel(address, 0)).AsTask());
                await RefusedAsync(Refusal.NotYours, () => relay.SendAsync(new ByteChannel(address, 0), TestBody.Of([1])).AsTask());
            }
    }

    [Fact]
    public async Task Whoever_sends_waits_thirty_seconds_for_a_receiver()
    {
        var pipe = await Broker.CreatePipeAsync(TimeToLive.Default);
        var early = Relay.SendAsync(On(pipe, 0), TestBody.Of([1, 2, 3])).AsTask();
        var vain = Host.Relays[^1].SendAsync(On(pipe, 0, channel: 1), TestBody.Of([1])).AsTask();
        await Host.AdvanceAsync(TimeSpan.FromSeconds(29));
        await using var receiver = await Host.Relays[^1].ReceiveAsync(On(pipe, 1));
        var received = receiver.RunAsync(new TestSink(), default);
        Assert.Equal(3, await early.WaitAsync(Patience));
        Assert.True(await received.WaitAsync(Patience));
        Assert.False(vain.IsCompleted);
        await Host.AdvanceAsync(TimeSpan.FromSeconds(1));
        await RefusedAsync(Refusal.NoReceiver, () => vain.WaitAsync(Patience));
    }

    [Fact]
    public async Task A_second_sender_is_refused_and_the_first_not_disturbed()
    {
        var pipe = await Broker.CreatePipeAsync(TimeToLive.Default);
        var (sink, body) = (new TestSink(), new TestBody());
        await using var receiver = await Relay.ReceiveAsync(On(pipe, 1));
        var received = receiver.RunAsync(sink, default);
        var sent = Host.Relays[^1].SendAsync(On(pipe, 0), body.Reader).AsTask();
        await body.WriteAsync("ab"u8.ToArray());
        await Eventually.IsSoAsync(() => sink.Count == 2);
        foreach (var relay in Host.Relays)
            await RefusedAsync(Refusal.ChannelBusy, () => relay.SendAsync(On(pipe, 0), TestBody.Of([9])).AsTask());
        await body.WriteAsync("c"u8.ToArray());
        body.End();
        Assert.Equal(3, await sent.WaitAsync(Patience));
        Assert.True(await received.WaitAsync(Patience));
        Assert.Equal("abc"u8.ToArray(), sink.Bytes);
    }

    [Fact]
    public async Task A_second_receiver_takes_the_place_of_the_first_and_the_rest_can_be_sent_again()
    {
        var pipe = await Broker.CreatePipeAsync(TimeToLive.Default);
        var (lost, body, bytes) = (new TestSink(), new TestBody(), Bytes(50_000));
        await using var first = await Relay.ReceiveAsync(On(pipe, 1));
        var received = first.RunAsync(lost, default);
        var sent = Relay.SendAsync(On(pipe, 0), body.Reader).AsTask();
        await body.WriteAsync(bytes.AsMemory(0, 20_000));
        await Eventually.IsSoAsync(() => lost.Count == 20_000);
        await using var second = await Host.Relays[^1].ReceiveAsync(On(pipe, 1));
        Assert.False(await received.WaitAsync(Patience));
        Assert.True(first.Cut.IsCancellationRequested);
        var gone = await RefusedAsync(Refusal.ReceiverGone, () => sent.WaitAsync(Patience));
        Assert.Equal(20_000, gone.Taken);
        var sink = new TestSink();
        var rest = second.RunAsync(sink, default);
        Assert.Equal(30_000, await Relay.SendAsync(On(pipe, 0), TestBody.Of(bytes[20_000..])).AsTask().WaitAsync(Patience));
        Assert.True(await rest.WaitAsync(Patience));
        Assert.Equal(bytes, lost.Bytes.Concat(sink.Bytes));
    }

    [Fact]
    public async Task When_a_sender_dies_its_receiver_is_cut_off_and_so_it_is_when_the_sender_gives_up()
    {
        var pipe = await Broker.CreatePipeAsync(TimeToLive.Default);
        foreach (var from in Host.Relays)
            foreach (var givesUp in new[] { false, true })
            {
                var (sink, body) = (new TestSink(), new TestBody());
                using var patience = new CancellationTokenSource();
                await using var receiver = await Relay.ReceiveAsync(On(pipe, 1));
                var received = receiver.RunAsync(sink, default);
                var sent = from.SendAsync(On(pipe, 0), body.Reader, cancellationToken: patience.Token).AsTask();
                await body.WriteAsync(Bytes(40_000));
                await Eventually.IsSoAsync(() => sink.Count > 0);
                if (givesUp) await patience.CancelAsync();
                else body.Break();
                if (givesUp) await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sent.WaitAsync(Patience));
                else await Assert.ThrowsAsync<IOException>(() => sent.WaitAsync(Patience));
                Assert.False(await received.WaitAsync(Patience));
            }
    }

    [Fact]
    public async Task When_a_receiver_goes_its_sender_hears_how_much_was_taken()
    {
        var pipe = await Broker.CreatePipeAsync(TimeToLive.Default);
        foreach (var from in Host.Relays)
        {
            var (sink, body) = (new TestSink(), new TestBody());
            var receiver = await Relay.ReceiveAsync(On(pipe, 1));
            var received = receiver.RunAsync(sink, default);
            var sent = from.SendAsync(On(pipe, 0), body.Reader).AsTask();
            await body.WriteAsync(Bytes(12_345));
            await Eventually.IsSoAsync(() => sink.Count == 12_345);
            sink.Close();
            await body.WriteAsync(Bytes(1));
            Assert.False(await received.WaitAsync(Patience));
            Assert.Equal(12_345, (await RefusedAsync(Refusal.ReceiverGone, () => sent.WaitAsync(Patience))).Taken);
            await receiver.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_receiver_that_takes_nothing_stops_its_sender_and_nobody_else()
    {
        const int Channel = 256 * 1024;
        var pipe = await Broker.CreatePipeAsync(TimeToLive.Default);
        foreach (var to in Host.Relays)
        {
            var (stalled, body, bytes) = (new TestSink(isOpen: false), new TestBody(), Bytes(2 * 1024 * 1024));
            await using var receiver = await to.ReceiveAsync(On(pipe, 1));
            var received = receiver.RunAsync(stalled, default);
            var sent = Relay.SendAsync(On(pipe, 0), body.Reader).AsTask();
            var written = body.WriteAsync(bytes);
            await Eventually.IsSoAsync(() => stalled.IsBlocking);
            for (var other = 0; other < 8; other++)
            {
                await using var free = await to.ReceiveAsync(On(pipe, 1, channel: 7));
                var passed = free.RunAsync(new TestSink(), default);
                Assert.Equal(Channel, await Relay.SendAsync(On(pipe, 0, channel: 7), TestBody.Of(Bytes(Channel))).AsTask().WaitAsync(Patience));
                Assert.True(await passed.WaitAsync(Patience));
            }

            Assert.False(written.IsCompleted);
            Assert.InRange(body.Written, 1, Channel - 1); // of which at most 128 KB are counted to each end
            body.Break();
            stalled.Open();
            await Assert.ThrowsAsync<IOException>(() => sent.WaitAsync(Patience));
            Assert.False(await received.WaitAsync(Patience));
        }
    }

    [Fact]
    public async Task When_a_pipe_ends_both_ends_of_its_channels_do()
    {
        var pipe = await Broker.CreatePipeAsync(TimeToLive.FromSeconds(20));
        var body = new TestBody();
        await using var waiting = await Relay.ReceiveAsync(On(pipe, 1, channel: 1));
        await using var receiver = await Host.Relays[^1].ReceiveAsync(On(pipe, 1));
        var sink = new TestSink();
        var (waited, received) = (waiting.RunAsync(new TestSink(), default), receiver.RunAsync(sink, default));
        var sent = Relay.SendAsync(On(pipe, 0), body.Reader).AsTask();
        var early = Relay.SendAsync(On(pipe, 0, channel: 2), TestBody.Of([1])).AsTask();
        await body.WriteAsync(new byte[1]);
        await Eventually.IsSoAsync(() => sink.Count == 1);
        await Host.AdvanceAsync(TimeSpan.FromSeconds(25)); // the byte may have prolonged its life by what was left of a renewal
        Assert.False(await waited.WaitAsync(Patience));
        Assert.False(await received.WaitAsync(Patience));
        await RefusedAsync(Refusal.ReceiverGone, () => sent.WaitAsync(Patience));
        await RefusedAsync(Refusal.NotYours, () => early.WaitAsync(Patience));
    }

    [Fact]
    public async Task While_bytes_flow_the_pipe_lives_and_not_while_somebody_waits_for_them()
    {
        var pipe = await Broker.CreatePipeAsync(TimeToLive.FromSeconds(10));
        for (var round = 0; round < 4; round++)
        {
            var receiver = await Relay.ReceiveAsync(On(pipe, 1));
            var received = receiver.RunAsync(new TestSink(), default);
            await Host.Relays[^1].SendAsync(On(pipe, 0), TestBody.Of([1])).AsTask().WaitAsync(Patience);
            Assert.True(await received.WaitAsync(Patience));
            await receiver.DisposeAsync();
            await Host.AdvanceAsync(TimeSpan.FromSeconds(7));
        }

        await using var idle = await Relay.ReceiveAsync(On(pipe, 1));
        var waited = idle.RunAsync(new TestSink(), default);
        await Host.AdvanceAsync(TimeSpan.FromSeconds(4));
        Assert.False(await waited.WaitAsync(Patience));
        await RefusedAsync(Refusal.NotYours, () => Relay.ReceiveAsync(On(pipe, 0)).AsTask());
    }

    [Fact]
    public async Task Nothing_is_counted_for_bytes_that_have_passed()
    {
        var pipe = await Broker.CreatePipeAsync(TimeToLive.Default);
        var before = Host.BytesHeld;
        var (sink, body) = (new TestSink(), new TestBody());
        var receiver = await Relay.ReceiveAsync(On(pipe, 1));
        var received = receiver.RunAsync(sink, default);
        var sent = Host.Relays[^1].SendAsync(On(pipe, 0), body.Reader).AsTask();
        await body.WriteAsync(new byte[1]);
        await Eventually.IsSoAsync(() => sink.Count == 1);
        Assert.InRange(Host.BytesHeld - before, 2 * ByteLimits.HeldBytes, 3 * ByteLimits.HeldBytes);
        body.End();
        await sent.WaitAsync(Patience);
        await received.WaitAsync(Patience);
        await receiver.DisposeAsync();
        Assert.Equal(before, Host.BytesHeld);
    }

    private static ByteChannel On(Pipe pipe, int seat, int channel = 0) => new(new StreamAddress(pipe.Name, pipe.Seats[seat]), channel);

    private static byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        Random.Shared.NextBytes(bytes);
        return bytes;
    }

    /// <summary>A body that was read whole and whose sender has given it up before it is told so.</summary>
    private sealed class GivenUp : IByteSource
    {
        public ValueTask<BytesRead> ReadToAsync(IBufferWriter<byte> into, long taken, CancellationToken cancellationToken)
        {
            into.Write<byte>([1, 2, 3]);
            return ValueTask.FromResult(new BytesRead(3, IsEnd: true));
        }

        public ValueTask<bool> FinishAsync(long taken, bool isWhole) => ValueTask.FromResult(false);
    }
}
