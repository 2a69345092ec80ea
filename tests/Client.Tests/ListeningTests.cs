using System.Net;
using Malten.Testing;

namespace Malten.Client.Tests;

/// <summary>Listening to real nodes: what is heard, and that it ends when it is stopped.</summary>
public sealed class ListeningTests : ClientTests
{
    [Fact]
    public async Task The_first_item_says_that_it_is_connected_and_then_messages_come_as_they_were_stored()
    {
        var node = await StartNodeAsync();
        var client = NewClient(node);
        var listener = Use(new Listener(client, ["s"], new ListenOptions { User = "ann" }));
        var opened = Assert.IsType<Opened>(await listener.NextAsync());
        Assert.Equal(["s"], opened.Streams);
        Assert.Equal(node.Address, opened.Node);
        Assert.DoesNotContain(opened.Session, $"{opened}", StringComparison.Ordinal);
        var posted = await client.PostAsync("s", "hello", new PostOptions { User = "bob" });
        Assert.Equal(posted, await listener.NextAsync<Message>());
    }

    [Fact]
    public async Task Without_a_cursor_only_what_comes_from_now_on_is_heard()
    {
        var client = NewClient(await StartNodeAsync());
        await client.PostAsync("s", "before");
        var listener = await ListenAsync(client, "s");
        await client.PostAsync("s", "after");
        Assert.Equal(["after"], await listener.NextTextsAsync(1));
    }

    [Fact]
    public async Task From_the_beginning_all_that_is_held_is_heard_and_from_a_message_what_came_after_it()
    {
        var client = NewClient(await StartNodeAsync());
        var posted = new List<Message>();
        for (var i = 0; i < 3; i++) posted.Add(await client.PostAsync("s", $"{i}"));
        var all = await ListenAsync(client, "s", new ListenOptions { After = Cursor.Beginning });
        var rest = await ListenAsync(client, "s", new ListenOptions { After = new Cursor(posted[1].Created) });
        Assert.Equal(["0", "1", "2"], await all.NextTextsAsync(3));
        Assert.Equal(["2"], await rest.NextTextsAsync(1));
    }

    [Fact]
    public async Task Several_streams_are_heard_on_one_connection()
    {
        var node = await StartNodeAsync();
        using var handler = new InterceptingHandler();
        var client = NewClient(Options(node) with { Handler = handler });
        var streams = Enumerable.Range(0, 32).Select(i => $"s{i}").ToArray();
        var listener = Use(new Listener(client, streams));
        Assert.Equal(streams, (await listener.NextAsync<Opened>()).Streams);
        foreach (var stream in streams) await NewClient(node).PostAsync(stream, $"to {stream}");
        var heard = new List<Message>();
        while (heard.Count < streams.Length) heard.Add(await listener.NextAsync<Message>());
        Assert.Equal(streams, heard.Select(message => message.Stream).Order(Comparer<string>.Create((a, b) => int.Parse(a[1..]) - int.Parse(b[1..]))));
        Assert.All(heard, message => Assert.Equal($"to {message.Stream}", message.Text));
        Assert.Equal(1, handler.Requests.Count(request => request.Address.AbsolutePath == "/events"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(33)]
    public async Task No_streams_and_too_many_are_refused_before_anything_is_sent(int count)
    {
        var client = NewClient(await StartNodeAsync());
        Assert.Throws<ArgumentException>(() => client.ListenAsync([.. Enumerable.Range(0, count).Select(i => $"{i}")]));
        Assert.Throws<ArgumentException>(() => client.ListenAsync(["s", "s"]));
        Assert.Throws<ArgumentException>(() => client.ListenAsync(["a", "b", "c"], new ListenOptions { After = Cursor.Parse("1024,2048") }));
    }

    [Fact]
    public async Task Who_listens_is_told_read_and_changed()
    {
        var node = await StartNodeAsync();
        var client = NewClient(node);
        var ann = Use(new Listener(client, ["s"], new ListenOptions { User = "ann" }));
        var session = (await ann.NextAsync<Opened>()).Session;
        await client.SetStatusAsync(session, PresenceStatus.Typing);
        PresenceChanged told;
        do
        {
            told = await ann.NextAsync<PresenceChanged>();
        }
        while (told.Presence.Users is not [{ Status: PresenceStatus.Typing }]);

        Assert.Equal(("s", 1, new PresentUser("ann", PresenceStatus.Typing)), (told.Stream, told.Presence.Observers, told.Presence.Users[0]));
        Assert.Equal([new PresentUser("ann", PresenceStatus.Typing)], (await client.GetPresenceAsync("s")).Users);
        Assert.Equal(0, (await client.GetPresenceAsync("nobody")).Observers);
        var refused = await Assert.ThrowsAsync<MaltenException>(() => client.SetStatusAsync("not a session", PresenceStatus.Away));
        Assert.Equal((HttpStatusCode.Forbidden, "session"), (refused.Status, refused.Parameter));
    }

    [Fact]
    public async Task Whoever_stops_leaves_no_connection()
    {
        var node = await StartNodeAsync();
        var client = NewClient(node);
        using var stop = new CancellationTokenSource();
        var observer = NewClient(node);
        var cancelled = Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var item in client.ListenAsync("s", cancellationToken: stop.Token))
                if (item is Opened)
                    await stop.CancelAsync();
        });
        await cancelled;
        await ObserversAreAsync(observer, "s", 0);

        await foreach (var item in client.ListenAsync("s"))
            if (item is Opened)
                break; // leaving the loop is enough
        await ObserversAreAsync(observer, "s", 0);
    }

    [Fact]
    public async Task Disposing_the_client_ends_listening()
    {
        var node = await StartNodeAsync();
        var client = new MaltenClient(Options(node));
        var listener = await ListenAsync(client, "s");
        await client.DisposeAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(listener.EndAsync);
        await ObserversAreAsync(NewClient(node), "s", 0);
        client.Dispose(); // twice does no harm
    }

    [Fact]
    public async Task A_refusal_for_good_ends_it()
    {
        var client = NewClient(await StartNodeAsync());
        var pipe = await client.BeginPipeAsync();
        var refused = await Assert.ThrowsAsync<MaltenException>(() => Use(new Listener(client, [pipe.Stream])).EndAsync());
        Assert.Equal(HttpStatusCode.Forbidden, refused.Status);
        refused = await Assert.ThrowsAsync<MaltenException>(() => Use(new Listener(client, ["a/b"])).EndAsync());
        Assert.Equal((HttpStatusCode.BadRequest, "stream"), (refused.Status, refused.Parameter));
    }

    [Fact]
    public async Task Listening_to_a_pipe_ends_with_it()
    {
        var time = new FakeTime();
        var client = NewClient(await StartNodeAsync(new NodeSettings { Time = time }));
        var pipe = await client.BeginPipeAsync(TimeSpan.FromSeconds(10));
        Assert.DoesNotContain(pipe.Seats[0], $"{pipe}", StringComparison.Ordinal);
        var listener = await ListenAsync(client, pipe.Stream, new ListenOptions { Seat = pipe.Seats[1] });
        await client.PostAsync(pipe.Stream, "just us", new PostOptions { Seat = pipe.Seats[0] });
        Assert.Equal(["just us"], await listener.NextTextsAsync(1));
        time.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal(pipe.Stream, (await listener.NextAsync<Expired>()).Stream);
        await listener.EndAsync();
    }

    [Fact]
    public async Task A_stream_that_has_ended_is_told_and_the_next_of_its_name_is_heard()
    {
        var time = new FakeTime();
        var client = NewClient(await StartNodeAsync(new NodeSettings { Time = time }));
        var listener = await ListenAsync(client, "s");
        await client.PostAsync("s", "first life");
        Assert.Equal(["first life"], await listener.NextTextsAsync(1));
        time.Advance(TimeSpan.FromSeconds(1025));
        Assert.Equal(new Expired("s"), await listener.NextAsync<Expired>());
        await client.PostAsync("s", "second life");
        Assert.Equal(["second life"], await listener.NextTextsAsync(1));
    }
}
