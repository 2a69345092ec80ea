using System.Net;
using Malten.Testing;

namespace Malten.Client.Tests;

/// <summary>What a listener hears when nodes die: each message once, in order, or a gap in its place.</summary>
public sealed class ResumingTests : ClientTests
{
    /// <summary>Waits for a second or two are part of the contract (<c>retry:</c>), so the client's clock is moved.</summary>
    private readonly FakeTime _time = new();

    [Fact]
    public async Task When_its_node_dies_a_listener_goes_on_at_the_next_without_hole_or_repeat()
    {
        var nodes = await StartNodesAsync(2);
        var (client, poster) = (NewClient(Options(nodes) with { TimeProvider = _time }), NewClient(nodes[1]));
        var listener = await ListenAsync(client, "s");
        for (var i = 0; i < 3; i++) await poster.PostAsync("s", $"{i}");
        Assert.Equal(["0", "1", "2"], await listener.NextTextsAsync(3));

        await nodes[0].KillAsync();
        for (var i = 3; i < 6; i++) await poster.PostAsync("s", $"{i}");
        var lost = await listener.NextAsync<Disconnected>();
        Assert.Equal((nodes[0].Address, MaltenFault.Unreachable), (lost.Node, lost.Cause?.Fault));
        _time.Advance(lost.RetryIn);
        Assert.Equal(nodes[1].Address, (await listener.NextAsync<Opened>()).Node);
        await poster.PostAsync("s", "6");
        Assert.Equal(["3", "4", "5", "6"], await listener.NextTextsAsync(4));
    }

    [Fact]
    public async Task What_was_said_after_a_connection_broke_that_had_heard_nothing_is_heard_too()
    {
        var nodes = await StartNodesAsync(2);
        var (client, poster) = (NewClient(Options(nodes) with { TimeProvider = _time }), NewClient(nodes[1]));
        await poster.PostAsync("old", "before it listened");
        var listener = Use(new Listener(client, ["old", "new"]));
        await listener.NextAsync<Opened>();
        await nodes[0].KillAsync();
        await poster.PostAsync("old", "1");
        await poster.PostAsync("new", "2");
        _time.Advance((await listener.NextAsync<Disconnected>()).RetryIn);
        Assert.Equal(["1", "2"], (await listener.NextTextsAsync(2)).Order());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_said_after_a_first_attempt_that_failed_is_heard(bool breaksOff)
    {
        var node = await StartNodeAsync();
        var poster = NewClient(node);
        await poster.PostAsync("s", "before it listened");
        var attempts = 0;
        using var handler = new InterceptingHandler { Before = Fail };
        var listener = Use(new Listener(NewClient(Options(node) with { Handler = handler, TimeProvider = _time }), ["s"]));
        var failed = await listener.NextAsync<Disconnected>();
        await poster.PostAsync("s", "meanwhile");
        await Eventually.IsSoAsync(() => _time.ActiveTimers == 1); // it waits
        _time.Advance(failed.RetryIn);
        Assert.Equal(["meanwhile"], await listener.NextTextsAsync(1));

        HttpResponseMessage? Fail(HttpRequestMessage request)
        {
            if (request.RequestUri!.AbsolutePath != "/events" || Interlocked.Increment(ref attempts) > 1) return null;
            if (!breaksOff) return InterceptingHandler.Refusal(HttpStatusCode.ServiceUnavailable);
            return new HttpResponseMessage { Content = new StringContent("", null, "text/event-stream") };
        }
    }

    [Fact]
    public async Task Several_streams_resume_each_where_it_was()
    {
        var nodes = await StartNodesAsync(2);
        var (client, poster) = (NewClient(Options(nodes) with { TimeProvider = _time }), NewClient(nodes[1]));
        var listener = Use(new Listener(client, ["a", "b", "c"]));
        await listener.NextAsync<Opened>();
        await poster.PostAsync("a", "a1");
        await poster.PostAsync("b", "b1");
        Assert.Equal(["a1", "b1"], (await listener.NextTextsAsync(2)).Order());
        await nodes[0].KillAsync();
        foreach (var text in new[] { "b2", "a2", "c1", "b3" }) await poster.PostAsync(text[..1], text);
        _time.Advance((await listener.NextAsync<Disconnected>()).RetryIn);
        var texts = await listener.NextTextsAsync(4);
        Assert.Equal(["a2", "b2", "b3", "c1"], texts.Order());
        Assert.True(Array.IndexOf(texts, "b2") < Array.IndexOf(texts, "b3"));
    }

    [Fact]
    public async Task When_the_streams_die_with_the_node_the_gap_is_an_item()
    {
        var node = await StartNodeAsync();
        var client = NewClient(Options(node) with { TimeProvider = _time });
        var listener = await ListenAsync(client, "s");
        await client.PostAsync("s", "lost");
        Assert.Equal(["lost"], await listener.NextTextsAsync(1));
        await node.KillAsync();
        var wait = (await listener.NextAsync<Disconnected>()).RetryIn;
        await node.StartAgainAsync();
        await NewClient(node).PostAsync("s", "of a new life");
        _time.Advance(wait);
        Assert.Equal(new Gap("s"), await listener.NextAsync<Gap>());
        Assert.Equal(["of a new life"], await listener.NextTextsAsync(1));
    }

    [Fact]
    public async Task After_a_gap_what_was_heard_before_is_not_heard_again()
    {
        var nodes = await StartNodesAsync(2);
        var client = NewClient(Options(nodes) with { TimeProvider = _time });
        var poster = NewClient(nodes[1]);
        await using var listener = await Listener.OpenAsync(client, "s");
        await poster.PostAsync("s", "heard");
        Assert.Equal(["heard"], await listener.NextTextsAsync(1));

        // From a place that is newer than all that is held, a node says 'gap' and sends everything.
        var place = new Place(["s"], null);
        var message = (await poster.ReadAsync("s").ToListAsync()).Single();
        Assert.True(place.Take(message, $"{message.Created}"));
        Assert.True(place.Take(new Gap("s"), null));
        Assert.False(place.Take(message, $"{message.Created}"));
        Assert.True(place.Take(message with { Created = new Timestamp(message.Created.Nanoseconds + 1024) }, null)); // the id, used again
    }

    [Fact]
    public void A_busy_stream_makes_no_message_of_another_forgotten()
    {
        var place = new Place(["busy", "quiet"], null);
        var quiet = new Message { Id = Guid.NewGuid(), Text = "a", Created = new Timestamp(1024), Stream = "quiet" };
        Assert.True(place.Take(quiet, null));
        for (var i = 1; i <= 5000; i++) Assert.True(place.Take(quiet with { Id = Guid.NewGuid(), Stream = "busy", Created = new Timestamp(i * 1024) }, null));
        Assert.False(place.Take(quiet, null));
    }

    [Fact]
    public async Task Evicted_messages_leave_a_gap()
    {
        var client = NewClient(await StartNodeAsync());
        var first = await client.PostAsync("s", "first");
        await Task.WhenAll(Enumerable.Range(0, 1025).Select(i => client.PostAsync("s", $"{i}")));
        var listener = await ListenAsync(client, "s", new ListenOptions { After = new Cursor(first.Created) });
        Assert.Equal("s", (await listener.NextAsync<Gap>()).Stream);
        Assert.Equal(1024, (await listener.NextTextsAsync(1024)).Distinct().Count());
    }

    [Fact]
    public async Task A_stream_that_ended_while_it_was_heard_leaves_no_gap_when_the_connection_breaks_later()
    {
        var nodeTime = new FakeTime();
        var first = await StartNodeAsync(new NodeSettings { Time = nodeTime });
        var second = await StartNodeAsync(new NodeSettings { Time = nodeTime, Broker = first.Broker });
        var third = await StartNodeAsync(new NodeSettings { Time = nodeTime, Broker = first.Broker });
        var client = NewClient(Options(second, third) with { TimeProvider = _time });
        var listener = Use(new Listener(client, ["a", "b"]));
        await listener.NextAsync<Opened>();
        var poster = NewClient(third);
        await poster.PostAsync("a", "a1");
        await poster.BeginStreamAsync(new BeginStreamOptions { Stream = "b", Ttl = TimeSpan.FromHours(10) });
        Assert.Equal(["a1"], await listener.NextTextsAsync(1));
        nodeTime.Advance(TimeSpan.FromSeconds(1025));
        Assert.Equal("a", (await listener.NextAsync<Expired>()).Stream);
        await poster.PostAsync("b", "b1"); // its id names the place in 'a', too
        Assert.Equal(["b1"], await listener.NextTextsAsync(1));
        await second.KillAsync();
        await poster.PostAsync("a", "a of a new life");
        _time.Advance((await listener.NextAsync<Disconnected>()).RetryIn);
        await listener.NextAsync<Opened>();
        Assert.Equal(["a of a new life"], await listener.NextTextsAsync(1)); // NextTextsAsync fails at a gap
    }

    [Fact]
    public async Task A_node_that_stops_in_good_order_is_no_failure_and_says_when_to_come_back()
    {
        var nodes = await StartNodesAsync(2);
        var listener = await ListenAsync(NewClient(Options(nodes) with { TimeProvider = _time }), "s");
        await nodes[0].StopAsync();
        var told = await listener.NextAsync<Disconnected>();
        Assert.Null(told.Cause);
        Assert.InRange(told.RetryIn, TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(5 * 1.25)); // 0.5–5 s, and jitter
        _time.Advance(told.RetryIn);
        await listener.NextAsync<Opened>();
    }

    [Fact]
    public async Task A_listener_waits_for_nodes_that_are_not_there_yet()
    {
        var node = await StartNodeAsync();
        await node.KillAsync();
        var listener = Use(new Listener(NewClient(Options(node) with { TimeProvider = _time }), ["s"]));
        var waits = new List<TimeSpan>();
        for (var i = 0; i < 8; i++)
        {
            var refused = await listener.NextAsync<Disconnected>();
            Assert.Equal(MaltenFault.Unreachable, refused.Cause?.Fault);
            waits.Add(refused.RetryIn);
            if (i == 7) await node.StartAgainAsync();
            _time.Advance(refused.RetryIn);
        }

        await listener.NextAsync<Opened>();
        Assert.All(waits.Index(), wait => Assert.InRange(wait.Item.TotalSeconds, Math.Min(30, 1 << wait.Index), Math.Min(30, 1 << wait.Index) * 1.25));
    }

    [Fact]
    public async Task Many_deaths_lose_and_repeat_nothing()
    {
        var nodes = await StartNodesAsync(3);
        var (client, poster) = (NewClient(Options(nodes) with { TimeProvider = _time }), NewClient(nodes[2]));
        var listener = await ListenAsync(client, "s");
        var posted = 0;
        for (var round = 0; round < 6; round++)
        {
            var node = nodes[round % 2];
            for (var i = 0; i < 5; i++) await poster.PostAsync("s", $"{posted++}");
            await node.KillAsync();
            for (var i = 0; i < 5; i++) await poster.PostAsync("s", $"{posted++}");
            await node.StartAgainAsync();
        }

        var texts = new List<string>();
        while (texts.Count < posted)
        {
            if (await listener.NextAsync() is not { } item) continue;
            Assert.IsNotType<Gap>(item);
            if (item is Message message) texts.Add(message.Text);
            if (item is Disconnected lost) _time.Advance(lost.RetryIn);
        }

        Assert.Equal(Enumerable.Range(0, posted).Select(i => $"{i}"), texts);
    }
}
