using System.Collections.Concurrent;
using System.Security.Cryptography;
using Malten.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Malten.Client.Tests;

/// <summary>Bytes of any length over a pipe, in both directions: whole, genuine, and in order, whatever the network does.</summary>
public sealed class ByteStreamTests : ClientTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(65_536)]
    [InlineData(9_000_001)] // more than two receipts
    public async Task All_bytes_arrive_in_both_directions_at_once(int length)
    {
        var client = NewClient(await StartNodeAsync());
        var (inviter, joiner) = await OpenAsync(client, client);
        var (one, other) = (RandomNumberGenerator.GetBytes(length), RandomNumberGenerator.GetBytes(length / 2));
        var (fromOne, fromOther) = (new MemoryStream(), new MemoryStream());
        var counts = await Task.WhenAll(
            inviter.SendBytesAsync(new MemoryStream(one)), joiner.ReceiveBytesAsync(fromOne),
            joiner.SendBytesAsync(new MemoryStream(other)), inviter.ReceiveBytesAsync(fromOther)).WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal((long[])[one.Length, one.Length, other.Length, other.Length], counts);
        Assert.True(one.AsSpan().SequenceEqual(fromOne.ToArray()) && other.AsSpan().SequenceEqual(fromOther.ToArray()));
        await Assert.ThrowsAsync<InvalidOperationException>(() => inviter.SendBytesAsync(Stream.Null)); // its keys have been used
    }

    [Fact]
    public async Task Bytes_arrive_as_they_come_and_connections_that_break_in_between_cost_none()
    {
        var breaks = new CancellationTokenSource();
        var node = await StartNodeAsync(new NodeSettings
        {
            Before = app => app.Use(async (context, next) =>
            {
                // Registered for as long as the request lasts: afterwards its connection may be another's.
                using var cut = context.Request.Path == "/bytes" ? breaks.Token.UnsafeRegister(_ => context.Abort(), null) : default;
                await next(context);
            }),
        });
        var (inviter, joiner) = await OpenAsync(NewClient(node), NewClient(node));
        var (source, destination) = (new System.IO.Pipelines.Pipe(), new System.IO.Pipelines.Pipe());
        var sending = inviter.SendBytesAsync(source.Reader.AsStream());
        var receiving = joiner.ReceiveBytesAsync(destination.Writer.AsStream());
        var received = destination.Reader.AsStream();
        var data = RandomNumberGenerator.GetBytes(300_000);
        for (var part = 0; part < 3; part++)
        {
            await source.Writer.WriteAsync(data.AsMemory(part * 100_000, 100_000));
            var came = new byte[100_000];
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
            await received.ReadExactlyAsync(came, limit.Token);
            Assert.True(data.AsSpan(part * 100_000, 100_000).SequenceEqual(came), $"part {part}");
            if (part != 1) continue;
            var broken = breaks;
            breaks = new CancellationTokenSource();
            await broken.CancelAsync();
        }

        await source.Writer.CompleteAsync();
        Assert.Equal((long[])[300_000, 300_000], await Task.WhenAll(sending, receiving).WaitAsync(TimeSpan.FromSeconds(60)));
    }

    [Fact]
    public async Task A_sender_who_leaves_early_is_not_taken_for_one_who_is_done()
    {
        var client = NewClient(await StartNodeAsync());
        var (inviter, joiner) = await OpenAsync(client, client);
        var source = new System.IO.Pipelines.Pipe();
        using var stop = new CancellationTokenSource();
        var sending = inviter.SendBytesAsync(source.Reader.AsStream(), cancellationToken: stop.Token);
        var destination = new System.IO.Pipelines.Pipe();
        var receiving = joiner.ReceiveBytesAsync(destination.Writer.AsStream());
        await source.Writer.WriteAsync(new byte[1000]);
        await destination.Reader.AsStream().ReadExactlyAsync(new byte[1000]);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
        await Assert.ThrowsAsync<TransferStoppedException>(() => receiving.WaitAsync(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task Nothing_can_be_sent_before_the_pipe_is_open()
    {
        var client = NewClient(await StartNodeAsync());
        await using var pipe = await client.InviteAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(() => pipe.SendBytesAsync(Stream.Null));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => pipe.ReceiveBytesAsync(Stream.Null, 16));
    }

    [Fact]
    public async Task A_slow_receiver_slows_the_sender_and_memory_stays_flat()
    {
        const long Length = 64L * 1024 * 1024;
        var client = NewClient(await StartNodeAsync());
        var (inviter, joiner) = await OpenAsync(client, client);
        var (source, destination) = (new Zeros(Length), new System.IO.Pipelines.Pipe());
        var sending = inviter.SendBytesAsync(source);
        var receiving = joiner.ReceiveBytesAsync(destination.Writer.AsStream());
        destination.Reader.AdvanceTo((await destination.Reader.ReadAsync()).Buffer.Start); // something has come, and no more is taken
        await Eventually.IsSoAsync(() => source.Taken > 100_000);
        Assert.True(source.Taken < Length / 2, $"{source.Taken} bytes were taken from the source though nobody takes them at the other end.");
        var draining = destination.Reader.AsStream();
        var came = 0L;
        var buffer = new byte[1 << 20];
        while (came < Length) came += await draining.ReadAsync(buffer);
        Assert.Equal((long[])[Length, Length], await Task.WhenAll(sending, receiving).WaitAsync(TimeSpan.FromSeconds(60)));
    }

    [Fact]
    public async Task Bytes_that_come_one_by_one_never_wait_for_a_receipt()
    {
        var client = NewClient(await StartNodeAsync());
        var (inviter, joiner) = await OpenAsync(client, client);
        var sending = inviter.SendBytesAsync(new Zeros(2000, most: 1)); // many more records than are kept
        var counts = await Task.WhenAll(sending, joiner.ReceiveBytesAsync(Stream.Null)).WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal((long[])[2000, 2000], counts);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100_000)]
    public async Task A_source_that_can_not_be_read_ends_the_sending(int before)
    {
        var client = NewClient(await StartNodeAsync());
        var (inviter, joiner) = await OpenAsync(client, client);
        var receiving = joiner.ReceiveBytesAsync(Stream.Null);
        await Assert.ThrowsAsync<IOException>(() => inviter.SendBytesAsync(new Broken(before)).WaitAsync(TimeSpan.FromSeconds(30)));
        var stopped = await Assert.ThrowsAsync<TransferStoppedException>(() => receiving.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Equal("The other side can't go on, and has stopped the transfer.", stopped.Message);
    }

    [Fact]
    public async Task What_goes_one_way_goes_on_when_the_other_way_fails()
    {
        var client = NewClient(await StartNodeAsync());
        var (inviter, joiner) = await OpenAsync(client, client);
        var source = new System.IO.Pipelines.Pipe();
        var (back, there) = (inviter.ReceiveBytesAsync(Stream.Null), joiner.ReceiveBytesAsync(Stream.Null));
        var sending = joiner.SendBytesAsync(source.Reader.AsStream());
        await Assert.ThrowsAsync<IOException>(() => inviter.SendBytesAsync(new Broken(10)).WaitAsync(TimeSpan.FromSeconds(30)));
        await source.Writer.WriteAsync(new byte[1000]);
        await source.Writer.CompleteAsync();
        Assert.Equal((long[])[1000, 1000], await Task.WhenAll(sending, back).WaitAsync(TimeSpan.FromSeconds(30)));
        await Assert.ThrowsAsync<TransferStoppedException>(() => there.WaitAsync(TimeSpan.FromSeconds(30))); // only now nothing is left to go on with
    }

    [Fact]
    public async Task Nobody_waits_for_ever_once_nobody_listens()
    {
        var client = NewClient(await StartNodeAsync());
        var inviter = Use(await client.InviteAsync());
        var joiner = Use(client.Join(inviter.Link!));
        var (ann, bob) = (new Listener(inviter.ListenAsync), Use(new Listener(joiner.ListenAsync)));
        await bob.NextAsync<PipeOpened>();
        await ann.NextAsync<PipeOpened>();
        var (sending, receiving) = (inviter.SendBytesAsync(new Zeros(1)), inviter.ReceiveBytesAsync(Stream.Null));
        await ann.DisposeAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending.WaitAsync(TimeSpan.FromSeconds(30)));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => receiving.WaitAsync(TimeSpan.FromSeconds(30)));
        await inviter.LeaveAsync();
        Assert.Equal(PipeEnd.Left, (await bob.NextAsync<PipeClosed>()).Reason); // a farewell can still be said
    }

    [Fact]
    public async Task A_sender_whose_last_answer_is_lost_is_done_once_the_receiver_says_that_it_has_everything()
    {
        using var senders = new InterceptingHandler();
        using var receivers = new InterceptingHandler();
        var node = await StartNodeAsync();
        var (isSending, isLost) = (false, false);
        senders.Before = request =>
        {
            isSending |= IsBytes(request);
            return null;
        };
        senders.After = request =>
        {
            if (!IsBytes(request)) return;
            isLost = true;
            throw new HttpRequestException("The answer was lost.");
        };
        receivers.Before = request => request.Method == HttpMethod.Post && Volatile.Read(ref isSending) && !Volatile.Read(ref isLost)
            ? InterceptingHandler.Refusal(System.Net.HttpStatusCode.ServiceUnavailable, TimeSpan.FromSeconds(1)) : null;
        var (inviter, joiner) = await OpenAsync(NewClient(Options(node) with { Handler = senders }), NewClient(Options(node) with { Handler = receivers }));
        var counts = Task.WhenAll(inviter.SendBytesAsync(new Zeros(10)), joiner.ReceiveBytesAsync(Stream.Null));
        Assert.Equal((long[])[10, 10], await counts.WaitAsync(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task A_node_that_is_full_for_longer_than_a_call_may_take_delays_the_handshake_and_no_more()
    {
        using var handler = new InterceptingHandler();
        var node = await StartNodeAsync();
        var refusals = 3;
        handler.Before = request => request.Method == HttpMethod.Post && Interlocked.Decrement(ref refusals) >= 0
            ? InterceptingHandler.Refusal(System.Net.HttpStatusCode.ServiceUnavailable, TimeSpan.FromSeconds(1)) : null;
        var hindered = NewClient(Options(node) with { Handler = handler, CallTimeout = TimeSpan.FromMilliseconds(900) });
        var (inviter, joiner) = await OpenAsync(NewClient(node), hindered);
        await Task.WhenAll(inviter.SendBytesAsync(new Zeros(10)), joiner.ReceiveBytesAsync(Stream.Null)).WaitAsync(TimeSpan.FromSeconds(30));
        Assert.True(refusals < 0);
    }

    [Fact]
    public async Task A_request_that_is_stuck_is_given_up_when_the_receiver_has_made_another_connection()
    {
        var gets = new ConcurrentBag<HttpContext>();
        var node = await StartNodeAsync(new NodeSettings
        {
            Before = app => app.Use((context, next) =>
            {
                if (context.Request.Path == "/bytes") gets.Add(context);
                return next(context);
            }),
        });
        using var handler = new StuckHandler();
        var (inviter, joiner) = await OpenAsync(NewClient(Options(node) with { Handler = handler }), NewClient(node));
        var counts = Task.WhenAll(inviter.SendBytesAsync(new Zeros(10)), joiner.ReceiveBytesAsync(Stream.Null));
        await handler.Stuck.WaitAsync(TimeSpan.FromSeconds(30));
        HttpContext? get = null;
        await Eventually.IsSoAsync(() => gets.TryTake(out get));
        get!.Abort();
        Assert.Equal((long[])[10, 10], await counts.WaitAsync(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task A_receiver_that_is_gone_without_a_word_is_waited_for_for_five_minutes()
    {
        var time = new FakeTime();
        var node = await StartNodeAsync();
        var other = NewClient(node);
        var (inviter, joiner) = await OpenAsync(NewClient(Options(node) with { TimeProvider = time }), other);
        var (source, destination) = (new System.IO.Pipelines.Pipe(), new System.IO.Pipelines.Pipe());
        var sending = inviter.SendBytesAsync(source.Reader.AsStream());
        var receiving = joiner.ReceiveBytesAsync(destination.Writer.AsStream());
        await source.Writer.WriteAsync(new byte[100]);
        await destination.Reader.AsStream().ReadExactlyAsync(new byte[100]);
        await joiner.DisposeAsync(); // no farewell
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => receiving);
        var begun = time.GetTimestamp();
        await AdvanceUntilAsync(time, TimeSpan.FromSeconds(5), () => sending.IsCompleted);
        await Assert.ThrowsAsync<TimeoutException>(() => sending);
        Assert.True(time.GetElapsedTime(begun) >= TimeSpan.FromMinutes(5));
    }

    [Fact]
    public async Task A_sender_that_is_gone_before_its_first_byte_is_waited_for_for_five_minutes()
    {
        var time = new FakeTime();
        var node = await StartNodeAsync();
        var options = Options(node) with { TimeProvider = time, SilenceTimeout = TimeSpan.FromDays(1) }; // the node has another clock
        var inviter = Use(await NewClient(options).InviteAsync());
        var joiner = Use(NewClient(node).Join(inviter.Link!));
        var (ann, bob) = (Use(new Listener(inviter.ListenAsync)), new Listener(joiner.ListenAsync));
        await bob.NextAsync<PipeOpened>();
        await ann.NextAsync<PipeOpened>();
        while ((await ann.NextAsync<PresenceChanged>()).Presence.Observers < 2)
        {
            // it is told of the other side a moment later
        }

        var receiving = inviter.ReceiveBytesAsync(Stream.Null);
        var begun = time.GetTimestamp();
        await AdvanceUntilAsync(time, TimeSpan.FromSeconds(5), () => time.GetElapsedTime(begun) >= TimeSpan.FromMinutes(7));
        Assert.False(receiving.IsCompleted); // it may still begin: it is there
        await bob.DisposeAsync(); // no farewell
        begun = time.GetTimestamp();
        await AdvanceUntilAsync(time, TimeSpan.FromSeconds(5), () => receiving.IsCompleted);
        await Assert.ThrowsAsync<TimeoutException>(() => receiving);
        Assert.True(time.GetElapsedTime(begun) >= TimeSpan.FromMinutes(5));
    }

    [Fact]
    public async Task A_pipe_with_a_short_life_outlives_it_while_somebody_receives()
    {
        var (time, posts) = (new FakeTime(), 0);
        var client = NewClient(await StartNodeAsync(new NodeSettings { Time = time, Before = app => app.Use(CountPostsAsync) }));
        var inviter = Use(await client.InviteAsync(ttl: TimeSpan.FromSeconds(1)));
        var joiner = Use(client.Join(inviter.Link!));
        var (ann, bob) = (Use(new Listener(inviter.ListenAsync)), Use(new Listener(joiner.ListenAsync)));
        await bob.NextAsync<PipeOpened>();
        await ann.NextAsync<PipeOpened>();
        var source = new System.IO.Pipelines.Pipe();
        var counts = Task.WhenAll(inviter.SendBytesAsync(source.Reader.AsStream()), joiner.ReceiveBytesAsync(Stream.Null));
        for (var part = 0; part < 10; part++) // the node's clock moves only when a note has come
        {
            var before = Volatile.Read(ref posts);
            await Eventually.IsSoAsync(() => counts.IsCompleted || Volatile.Read(ref posts) > before);
            time.Advance(TimeSpan.FromSeconds(0.4));
        }

        await source.Writer.WriteAsync(new byte[1]);
        await source.Writer.CompleteAsync();
        Assert.Equal((long[])[1, 1], await counts.WaitAsync(TimeSpan.FromSeconds(30)));

        async Task CountPostsAsync(HttpContext context, RequestDelegate next)
        {
            await next(context);
            if (context.Request.Path == "/messages" && context.Response.StatusCode == StatusCodes.Status200OK) Interlocked.Increment(ref posts);
        }
    }

    [Fact]
    public async Task Bytes_go_on_by_another_node_when_theirs_dies()
    {
        var other = await StartNodeAsync();
        var first = await StartNodeAsync(new NodeSettings { Broker = other.Broker });
        var options = Options(first) with { Nodes = [first.Address, other.Address] };
        var (inviter, joiner) = await OpenAsync(NewClient(options), NewClient(options));
        var (source, destination) = (new System.IO.Pipelines.Pipe(), new System.IO.Pipelines.Pipe());
        var counts = Task.WhenAll(inviter.SendBytesAsync(source.Reader.AsStream()), joiner.ReceiveBytesAsync(destination.Writer.AsStream()));
        var received = destination.Reader.AsStream();
        var (data, came) = (RandomNumberGenerator.GetBytes(3_000_000), new byte[3_000_000]);
        var writing = source.Writer.WriteAsync(data);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await received.ReadExactlyAsync(came.AsMemory(0, 100_000), limit.Token);
        await first.KillAsync();
        await received.ReadExactlyAsync(came.AsMemory(100_000), limit.Token);
        await writing;
        await source.Writer.CompleteAsync();
        Assert.Equal((long[])[data.Length, data.Length], await counts.WaitAsync(TimeSpan.FromSeconds(60)));
        Assert.True(data.AsSpan().SequenceEqual(came));
    }

    private static bool IsBytes(HttpRequestMessage request) => request.Method == HttpMethod.Post && request.RequestUri!.AbsolutePath == "/bytes";

    private async Task<(EncryptedPipe Inviter, EncryptedPipe Joiner)> OpenAsync(MaltenClient one, MaltenClient other)
    {
        var inviter = Use(await one.InviteAsync());
        var joiner = Use(other.Join(inviter.Link!));
        var (ann, bob) = (Use(new Listener(inviter.ListenAsync)), Use(new Listener(joiner.ListenAsync)));
        await bob.NextAsync<PipeOpened>();
        await ann.NextAsync<PipeOpened>();
        return (inviter, joiner);
    }

    /// <summary>Never sends the first bytes, nor answers.</summary>
    private sealed class StuckHandler() : DelegatingHandler(new SocketsHttpHandler())
    {
        private readonly TaskCompletionSource _stuck = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Stuck => _stuck.Task;

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (IsBytes(request) && _stuck.TrySetResult()) await Task.Delay(Timeout.Infinite, cancellationToken);
            return await base.SendAsync(request, cancellationToken);
        }
    }

    /// <summary>So many zeros, and then a failure, as a disk has them.</summary>
    private sealed class Broken(int length) : MemoryStream
    {
        private int _rest = length;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = Math.Min(_rest, buffer.Length);
            _rest -= count;
            return count > 0 ? ValueTask.FromResult(count) : ValueTask.FromException<int>(new IOException("It can't be read."));
        }
    }

    /// <summary>So many zeros.</summary>
    private sealed class Zeros(long length, int most = int.MaxValue) : MemoryStream
    {
        private long _taken;

        public long Taken => Interlocked.Read(ref _taken);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = (int)Math.Min(Math.Min(buffer.Length, most), length - Taken);
            Interlocked.Add(ref _taken, count);
            return ValueTask.FromResult(count);
        }
    }
}
