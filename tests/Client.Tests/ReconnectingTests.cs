using Malten.Testing;
using static Malten.Testing.ScriptedNode;

namespace Malten.Client.Tests;

/// <summary>When a listener comes back: as the node asks, later after each failure, and from the beginning after a healthy minute.</summary>
public sealed class ReconnectingTests : ClientTests
{
    private readonly FakeTime _time = new();

    [Fact]
    public async Task A_wait_is_as_long_as_the_node_asks_and_doubles_until_a_connection_lasts_a_minute()
    {
        var closing = new SemaphoreSlim(0);
        var node = Use(new ScriptedNode(async connection =>
        {
            await connection.SendAsync(EventStream + "retry: 2000\n" + OpenEvent());
            await closing.WaitAsync();
        }));
        var listener = Use(new Listener(NewClient(new MaltenClientOptions
        {
            Nodes = [node.Address], TimeProvider = _time, SilenceTimeout = TimeSpan.FromHours(1),
        }), ["s"]));
        foreach (var (lasts, least) in new[] { (1, 2), (59, 4), (59, 8), (59, 16), (59, 30), (59, 30), (61, 2), (0, 4) })
        {
            await listener.NextAsync<Opened>();
            _time.Advance(TimeSpan.FromSeconds(lasts));
            closing.Release();
            var wait = (await listener.NextAsync<Disconnected>()).RetryIn;
            Assert.InRange(wait.TotalSeconds, least, least * 1.25);
            await Eventually.IsSoAsync(() => _time.ActiveTimers == 1); // it waits
            _time.Advance(wait);
        }

        closing.Release(10);
    }

    [Fact]
    public async Task A_node_is_not_waited_for_longer_because_others_have_dropped_their_connections()
    {
        var dropping = Enumerable.Range(0, 3).Select(_ => Use(new ScriptedNode(
            connection => connection.SendAsync(EventStream + "retry: 2000\n" + OpenEvent())))).ToList();
        var listener = Use(new Listener(NewClient(new MaltenClientOptions
        {
            Nodes = [.. dropping.Select(node => node.Address)], TimeProvider = _time,
        }), ["s"]));
        foreach (var least in new[] { 2, 2, 2, 2, 2, 4, 4, 4, 8 }) // each round brings every node one failure more, and its wait comes before
        {
            var wait = (await listener.NextAsync<Disconnected>()).RetryIn;
            Assert.InRange(wait.TotalSeconds, least, least * 1.25);
            await Eventually.IsSoAsync(() => _time.ActiveTimers == 1); // it waits
            _time.Advance(wait);
        }
    }

    [Fact]
    public async Task A_node_that_drops_connections_is_waited_for_however_often_another_refuses_them_in_between()
    {
        var dropping = Use(new ScriptedNode(connection => connection.SendAsync(EventStream + "retry: 1000\n" + OpenEvent())));
        var refusing = Use(new ScriptedNode(connection => connection.AnswerAsync("{}", "503 Service Unavailable", Refusal(0))));
        var listener = Use(new Listener(NewClient(new MaltenClientOptions
        {
            Nodes = [dropping.Address, refusing.Address], TimeProvider = _time,
        }), ["s"]));
        foreach (var least in new[] { 1, 2, 4, 8, 16, 30, 30 })
        {
            await PassAsync(dropping.Address, 1);
            await PassAsync(refusing.Address, least);
        }

        async Task PassAsync(Uri node, int least)
        {
            var told = await listener.NextAsync<Disconnected>();
            Assert.Equal(node, told.Node);
            Assert.InRange(told.RetryIn.TotalSeconds, least, least * 1.25);
            await Eventually.IsSoAsync(() => _time.ActiveTimers == 1); // it waits
            _time.Advance(told.RetryIn);
        }
    }

    [Fact]
    public async Task A_node_is_waited_for_as_long_as_it_asked_for_also_when_none_takes_a_connection_meanwhile()
    {
        var isOpen = true;
        var node = Use(new ScriptedNode(connection => isOpen
            ? connection.SendAsync(EventStream + "retry: 20000\n" + OpenEvent())
            : connection.AnswerAsync("{}", "503 Service Unavailable", Refusal(0))));
        var listener = Use(new Listener(NewClient(new MaltenClientOptions { Nodes = [node.Address], TimeProvider = _time }), ["s"]));
        for (var i = 0; i < 3; i++)
        {
            var wait = (await listener.NextAsync<Disconnected>()).RetryIn;
            Assert.InRange(wait.TotalSeconds, 20, 25);
            isOpen = false;
            _time.Advance(wait);
        }
    }

    [Fact]
    public async Task Waits_differ_so_that_clients_do_not_come_back_together()
    {
        var node = Use(new ScriptedNode(connection => connection.SendAsync(EventStream + "retry: 3000\n" + OpenEvent())));
        var listeners = Enumerable.Range(0, 8)
            .Select(_ => Use(new Listener(NewClient(new MaltenClientOptions { Nodes = [node.Address], TimeProvider = _time }), ["s"]))).ToList();
        var waits = await Task.WhenAll(listeners.Select(async listener => (await listener.NextAsync<Disconnected>()).RetryIn));
        Assert.True(waits.Distinct().Count() > 4);
    }

    [Fact]
    public async Task A_retry_without_end_is_cut()
    {
        var node = Use(new ScriptedNode(connection => connection.SendAsync(EventStream + "retry: 99999999999\n" + OpenEvent())));
        var listener = Use(new Listener(NewClient(new MaltenClientOptions { Nodes = [node.Address], TimeProvider = _time }), ["s"]));
        Assert.InRange((await listener.NextAsync<Disconnected>()).RetryIn, TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(2.5));
    }

    [Fact]
    public async Task A_silent_connection_is_dead_and_a_comment_is_a_sign_of_life()
    {
        var node = Use(new ScriptedNode(async connection =>
        {
            await connection.SendAsync(EventStream + OpenEvent());
            await connection.UntilClosedAsync();
        }));
        var client = NewClient(new MaltenClientOptions { Nodes = [node.Address], TimeProvider = _time });
        var listener = await ListenAsync(client, "s");
        await Eventually.IsSoAsync(() => _time.ActiveTimers == 1); // it waits for more
        _time.Advance(TimeSpan.FromSeconds(39));
        Assert.Equal(1, node.Open);
        _time.Advance(TimeSpan.FromSeconds(1));
        var dead = await listener.NextAsync<Disconnected>();
        Assert.Equal(MaltenFault.Unreachable, dead.Cause?.Fault);
        await Eventually.IsSoAsync(() => node.Open == 0);
    }

    [Fact]
    public async Task Comments_keep_a_connection_open()
    {
        var comments = new SemaphoreSlim(0);
        var node = Use(new ScriptedNode(async connection =>
        {
            await connection.SendAsync(EventStream + OpenEvent());
            for (var i = 0; i < 5; i++)
            {
                await comments.WaitAsync();
                await connection.SendAsync(":\n\n" + Event($$"""{"Name":"presence","Stream":"s","Observers":{{i}},"Users":[]}"""));
            }
        }));
        var listener = await ListenAsync(NewClient(new MaltenClientOptions { Nodes = [node.Address], TimeProvider = _time }), "s");
        for (var i = 0; i < 5; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(30));
            comments.Release();
            Assert.Equal(i, Assert.IsType<PresenceChanged>(await listener.NextAsync()).Presence.Observers);
        }
    }

    [Fact]
    public async Task A_caller_may_take_its_time_with_an_item()
    {
        var asked = new SemaphoreSlim(0);
        var node = Use(new ScriptedNode(async connection =>
        {
            await connection.SendAsync(EventStream + OpenEvent());
            await asked.WaitAsync();
            await connection.SendAsync(MessageEvent("hello", 2048));
            await connection.UntilClosedAsync();
        }));
        var client = NewClient(new MaltenClientOptions { Nodes = [node.Address], TimeProvider = _time });
        await using var items = client.ListenAsync("s").GetAsyncEnumerator();
        Assert.True(await items.MoveNextAsync());
        Assert.IsType<Opened>(items.Current);
        _time.Advance(TimeSpan.FromSeconds(41));
        asked.Release();
        Assert.True(await items.MoveNextAsync());
        Assert.Equal("hello", Assert.IsType<Message>(items.Current).Text);
    }

    [Fact]
    public async Task A_listener_that_has_to_give_way_is_told_why_and_comes_back_when_asked()
    {
        var node = Use(new ScriptedNode(connection => connection.SendAsync(
            EventStream + OpenEvent() + "retry: 30000\n" + Event("""{"Name":"closed","Reason":"No room."}"""))));
        var listener = Use(new Listener(NewClient(new MaltenClientOptions { Nodes = [node.Address], TimeProvider = _time }), ["s"]));
        Assert.Equal("No room.", (await listener.NextAsync<Dismissed>()).Reason);
        Assert.InRange((await listener.NextAsync<Disconnected>()).RetryIn.TotalSeconds, 30, 37.5);
    }

    [Fact]
    public async Task Retry_After_is_honoured_and_one_that_is_too_long_ends_listening()
    {
        var answers = new Queue<string>(["1", "60", "3600"]);
        var node = Use(new ScriptedNode(connection => connection.AnswerAsync(
            """{"title":"Full","detail":"No room.","status":503}""", "503 Service Unavailable",
            $"Content-Type: application/problem+json\r\nRetry-After: {answers.Dequeue()}\r\n")));
        var listener = Use(new Listener(NewClient(new MaltenClientOptions { Nodes = [node.Address], TimeProvider = _time }), ["s"]));
        foreach (var least in new[] { 1, 60 })
        {
            var wait = (await listener.NextAsync<Disconnected>()).RetryIn;
            Assert.InRange(wait.TotalSeconds, least, least * 2.5);
            _time.Advance(wait);
        }

        var refused = await Assert.ThrowsAsync<MaltenException>(listener.EndAsync);
        Assert.Equal((TimeSpan.FromHours(1), "No room."), (refused.RetryAfter, refused.Detail));
    }

    [Fact]
    public async Task A_node_that_asks_for_too_long_a_wait_ends_listening_only_if_no_other_takes_it_over()
    {
        var full = Use(new ScriptedNode(connection => connection.AnswerAsync("{}", "503 Service Unavailable", Refusal(3600))));
        var node = await StartNodeAsync();
        await using var listener = new Listener(NewClient(new MaltenClientOptions { Nodes = [full.Address, node.Address], TimeProvider = _time }), ["s"]);
        Assert.Equal(TimeSpan.Zero, (await listener.NextAsync<Disconnected>()).RetryIn);
        Assert.Equal(node.Address, (await listener.NextAsync<Opened>()).Node);
        await node.KillAsync();
        _time.Advance((await listener.NextAsync<Disconnected>()).RetryIn);
        var told = await listener.NextAsync<Disconnected>();
        Assert.Equal(full.Address, told.Node);
        await Eventually.IsSoAsync(() => _time.ActiveTimers == 1); // it waits for the node that was killed
        _time.Advance(told.RetryIn);
        var refused = await Assert.ThrowsAsync<MaltenException>(listener.EndAsync);
        Assert.Equal((full.Address, TimeSpan.FromHours(1)), (refused.Node, refused.RetryAfter));
    }

    [Fact]
    public async Task A_listener_that_asks_too_much_of_a_node_does_not_turn_to_the_next()
    {
        var asked = 0;
        var busy = Use(new ScriptedNode(connection => connection.AnswerAsync("{}", "429 Too Many Requests", Refusal(5))));
        var other = Use(new ScriptedNode(connection =>
        {
            Interlocked.Increment(ref asked);
            return connection.UntilClosedAsync();
        }));
        var listener = Use(new Listener(NewClient(new MaltenClientOptions { Nodes = [busy.Address, other.Address], TimeProvider = _time }), ["s"]));
        for (var least = 5; least <= 10; least *= 2)
        {
            var told = await listener.NextAsync<Disconnected>();
            Assert.Equal(busy.Address, told.Node);
            Assert.InRange(told.RetryIn.TotalSeconds, least, least * 1.25);
            _time.Advance(told.RetryIn);
        }

        Assert.Equal(0, asked);
    }

    private static string Refusal(int retryAfter) => $"Content-Type: application/problem+json\r\nRetry-After: {retryAfter}\r\n";

    [Fact]
    public async Task A_listener_stops_while_it_waits()
    {
        var node = Use(new ScriptedNode(connection => connection.SendAsync(EventStream + OpenEvent())));
        var listener = Use(new Listener(NewClient(new MaltenClientOptions { Nodes = [node.Address], TimeProvider = _time }), ["s"]));
        await listener.NextAsync<Disconnected>();
        await listener.DisposeAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(listener.EndAsync);
    }
}
