using Malten.Grains.Copies;
using Malten.Grains.Interfaces;
using Malten.Grains.Replicas;
using Malten.Streams;
using Malten.Streams.Events;
using Malten.Streams.Feeds;
using Malten.Streams.Life;
using Malten.Streams.Values;
using Malten.Testing;

namespace Malten.Cluster.Tests.Ends;

/// <summary>
/// The end of streams in a cluster: when it was promised, everywhere, and without a trace, whatever Orleans' collector
/// would do with a grain that is idle or busy.
/// </summary>
public sealed class EndTests(BusyCollector cluster) : IClassFixture<BusyCollector>
{
    private const int Idle = 40;
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(1);

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(3600)]
    [InlineData(86_400)]
    public async Task It_comes_when_promised_and_leaves_nothing(int ttl)
    {
        await cluster.UntilNothingIsLeftAsync();
        var (prefix, span) = ($"{Guid.NewGuid():N}", TimeToLive.FromSeconds(ttl));
        var idle = Enumerable.Range(0, Idle).Select(number => StreamName.Parse($"{prefix}-{number}")).ToList();
        var busy = StreamName.Parse(prefix);
        foreach (var name in idle.Append(busy))
        {
            await cluster.Brokers[0].CreateAsync(new StreamSettings(name, false, span));
            await SayAsync(name, "held");
        }

        var first = new Draft { Address = busy, Text = MessageText.Parse("held"), Id = Guid.NewGuid() };
        await cluster.Brokers[1].AppendAsync(first);
        var listeners = await ListenAsync(busy);

        // However long they live, the collector takes none of them, idle for long as they are by its clock.
        await cluster.CollectAsync();
        Assert.Equal(idle.Count, (await cluster.ActiveAsync(idle)).Count);

        // What is done meanwhile prolongs nothing.
        foreach (var step in Enumerable.Repeat((span.Span - Moment) / 8, 8))
        {
            await UseAsync(busy, first);
            await cluster.Host.AdvanceAsync(step);
        }

        Assert.Equal(idle.Count, (await cluster.ActiveAsync(idle)).Count);
        foreach (var broker in cluster.Brokers)
        {
            Assert.Equal(2, (await broker.ReadAsync(new PageRequest(busy))).Count);
            Assert.Equal(idle.Count + 1, (await broker.ListAsync(prefix, 1024)).Count);
            foreach (var name in idle) Assert.Single(await broker.ReadAsync(new PageRequest(name)));
        }

        await cluster.Host.AdvanceAsync(2 * Moment);
        foreach (var broker in cluster.Brokers)
        {
            Assert.Empty(await broker.ReadAsync(new PageRequest(busy)));
            Assert.Empty(await broker.ListAsync(prefix, 1024));
        }

        foreach (var listener in listeners)
        {
            await listener.UntilAsync("[expired]");
            await listener.DisposeAsync();
        }

        await cluster.UntilNothingIsLeftAsync();
        foreach (var name in idle) Assert.Empty(await cluster.Brokers[2].ReadAsync(new PageRequest(name)));
        await cluster.UntilNothingIsLeftAsync(); // those that were only asked for again
    }

    [Fact]
    public async Task An_end_that_a_reader_sees_first_leaves_nothing_either()
    {
        await cluster.UntilNothingIsLeftAsync();
        var name = StreamName.Random();
        await SayAsync(name, "held");
        cluster.Time.Advance(TimeToLive.Default.Span); // due, and the timer rings within a millisecond
        Assert.Empty(await cluster.Brokers[0].ReadAsync(new PageRequest(name)));
        await cluster.Host.AdvanceAsync(Moment);
        await cluster.UntilNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_clock_that_stands_at_the_very_end_has_ended_the_stream_for_readers()
    {
        await cluster.UntilNothingIsLeftAsync();
        var name = StreamName.Random();
        await cluster.Brokers[0].CreateAsync(new StreamSettings(name, false, TimeToLive.FromSeconds(5)));
        await cluster.Host.AdvanceAsync(TimeSpan.FromSeconds(5)); // the timer rings a millisecond later: nothing to wait for
        Assert.Empty(await cluster.Brokers[1].ListAsync(name.Value, 1024));
        await cluster.Host.AdvanceAsync(Moment);
        await cluster.UntilNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_pipe_leaves_nothing()
    {
        await cluster.UntilNothingIsLeftAsync();
        var pipe = await cluster.Brokers[0].CreatePipeAsync(TimeToLive.FromSeconds(5));
        var seat = new StreamAddress(pipe.Name, pipe.Seats[0]);
        await using var listener = new Listening(await cluster.Brokers[1].ListenAsync(new ListenRequest { Streams = [seat] }));
        await SayAsync(seat, "held");
        await listener.UntilAsync("held");
        await cluster.Host.AdvanceAsync(TimeSpan.FromSeconds(5) + Moment);
        await listener.UntilAsync("[expired]");
        await listener.DisposeAsync();
        await cluster.UntilNothingIsLeftAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_gateway_that_died_keeps_nothing(bool shortlyBefore)
    {
        await cluster.UntilNothingIsLeftAsync();
        var (name, ttl) = (StreamName.Random(), TimeSpan.FromSeconds(30));
        await cluster.Brokers[0].CreateAsync(new StreamSettings(name, true, TimeToLive.FromSeconds(30)));
        var gateway = new DeadGateway();
        var grain = cluster.Host.Cluster.GrainFactory.GetGrain<IStreamGrain>(name.Value);
        if (shortlyBefore) await cluster.Host.AdvanceAsync(ttl - Moment);
        await grain.Subscribe(gateway.Subscription(cluster.Host.Cluster.GrainFactory));
        if (!shortlyBefore) await cluster.Host.JumpAsync(ttl);
        await cluster.Host.AdvanceAsync(shortlyBefore ? 2 * Moment : ttl + Moment);
        if (shortlyBefore)
        {
            await cluster.Host.JumpAsync(TimeSpan.FromSeconds(13)); // it is missed only now
            await grain.Settle(Timestamp.None);
        }

        await cluster.UntilNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_subscription_that_came_after_its_own_end_does_not_stay_although_its_gateway_lives()
    {
        await cluster.UntilNothingIsLeftAsync();
        var name = StreamName.Random();
        await SayAsync(name, "held");
        await using var listener = new Listening(await cluster.Brokers[1].ListenAsync(new ListenRequest { Streams = [name] }));
        var late = new DeadGateway().Subscription(cluster.Host.Cluster.GrainFactory) with { Silo = cluster.Host.Cluster.Primary.SiloAddress };
        await cluster.Host.Stream(name).Subscribe(late);
        Assert.Equal(2, (await cluster.Brokers[0].GetPresenceAsync(name)).Observers);
        await cluster.Host.JumpAsync(TimeSpan.FromSeconds(4)); // real time passes as well: of twelve seconds, most are left to a slow machine
        await cluster.RenewAsync();
        Assert.Equal(2, (await cluster.Brokers[0].GetPresenceAsync(name)).Observers);
        await cluster.Host.JumpAsync(TimeSpan.FromSeconds(8));
        Assert.Equal(1, (await cluster.Brokers[0].GetPresenceAsync(name)).Observers);
        await SayAsync(name, "heard");
        await listener.UntilAsync("heard");
        await listener.DisposeAsync();
        await cluster.Host.AdvanceAsync(TimeToLive.Default.Span + Moment);
        await cluster.UntilNothingIsLeftAsync();
    }

    [Fact]
    public async Task Names_that_are_only_asked_for_or_listened_to_leave_nothing()
    {
        await cluster.UntilNothingIsLeftAsync();
        var names = Enumerable.Range(0, Idle).Select(_ => StreamName.Random()).ToList();
        foreach (var (index, name) in names.Index())
        {
            await cluster.Brokers[0].ReadAsync(new PageRequest(name));
            await cluster.Brokers[1].GetPresenceAsync(name);
            if (index % 2 == 0) continue;
            await using var listener = await cluster.Brokers[2].ListenAsync(new ListenRequest { Streams = [name] });
        }

        await cluster.UntilNothingIsLeftAsync();
    }

    [Fact]
    public async Task Listeners_that_are_refused_or_give_up_leave_nothing()
    {
        await cluster.UntilNothingIsLeftAsync();
        var pipe = await cluster.Brokers[0].CreatePipeAsync(TimeToLive.FromSeconds(60));
        foreach (var broker in cluster.Brokers)
        {
            for (var attempt = 0; attempt < Idle; attempt++)
            {
                await Assert.ThrowsAsync<StreamRefusedException>(() => ListenAsync(broker, new StreamAddress(pipe.Name, "wrong")));
                await Assert.ThrowsAsync<StreamRefusedException>(() => ListenAsync(broker, StreamName.Random(), new StreamAddress(pipe.Name, null)));
                using var given = new CancellationTokenSource();
                var listening = ListenAsync(broker, given.Token, StreamName.Random());
                await given.CancelAsync();
                if (await Record.ExceptionAsync(() => listening) is null) await (await listening).DisposeAsync();
            }

            Assert.All(cluster.Host.Services<FeedReplicas>(), replicas => Assert.Equal(0, replicas.Count));
        }

        cluster.Time.Advance(TimeSpan.FromSeconds(60) + Moment);
        await cluster.UntilNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_copy_that_is_refused_leaves_nothing()
    {
        await cluster.UntilNothingIsLeftAsync();
        var settings = new StreamSettings(StreamName.Random(), true, TimeToLive.Default);
        var gone = SiloAddress.New(System.Net.IPAddress.Loopback, 1, 1);
        Assert.Equal(CopyOutcome.Refused, cluster.Host.Services<CopyStore>()[0].Hold(new StreamCopy
        {
            Stream = new StreamSnapshot(settings, null, new Timestamp(1024), Timestamp.None, TimeToLive.Default.Span, []), Writer = new CopyWriter(gone, 1),
        }));
        Assert.Equal(Left.Nothing, await cluster.MeasureAsync());
    }

    private static Task<FeedReader> ListenAsync(IStreamBroker broker, params StreamAddress[] streams) =>
        ListenAsync(broker, default, streams);

    private static Task<FeedReader> ListenAsync(IStreamBroker broker, CancellationToken giveUp, params StreamAddress[] streams) =>
        broker.ListenAsync(new ListenRequest { Streams = streams }, giveUp).AsTask();

    /// <summary>All that can be done with a stream but post to it, on every node.</summary>
    private async Task UseAsync(StreamName name, Draft known)
    {
        foreach (var broker in cluster.Brokers)
        {
            await broker.ReadAsync(new PageRequest(name));
            await broker.GetPresenceAsync(name);
            await broker.SendCommandAsync(name, "what?");
            await broker.AppendAsync(known);
            await using var guest = await broker.ListenAsync(new ListenRequest { Streams = [name] });
        }

        await cluster.RenewAsync();
    }

    private async Task<List<Listening>> ListenAsync(StreamName name)
    {
        var listeners = new List<Listening>();
        foreach (var broker in cluster.Brokers)
            listeners.Add(new Listening(await broker.ListenAsync(new ListenRequest { Streams = [name] })));
        return listeners;
    }

    private async Task SayAsync(StreamAddress address, string text) =>
        await cluster.Brokers[1].AppendAsync(new Draft { Address = address, Text = MessageText.Parse(text) });
}
