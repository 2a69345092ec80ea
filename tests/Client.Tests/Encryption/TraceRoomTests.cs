using System.Net;
using Malten.Testing;

namespace Malten.Client.Tests;

/// <summary>Streams that no server holds, over a real node: what is said lives with those who said it.</summary>
public sealed class TraceRoomTests : ClientTests
{
    private readonly TraceLink _link = TraceLink.New("family matters");

    [Fact]
    public async Task Whoever_comes_is_handed_what_was_said_and_the_server_holds_and_learns_nothing()
    {
        using var handler = new InterceptingHandler();
        var client = NewClient(Options(await StartNodeAsync()) with { Handler = handler });
        var (ann, fromBob) = await JoinAsync(client, "Ann Secretive");
        for (var i = 0; i < 30; i++) await ann.PostAsync($"supper {i}");
        var (bob, fromAnn) = await JoinAsync(client);
        for (var i = 0; i < 30; i++)
        {
            var message = await fromAnn.NextAsync<EncryptedMessage>();
            Assert.Equal(($"supper {i}", "Ann Secretive", ann.Author, false, true, Findings.None),
                (message.Text, message.Name, message.Author, message.IsOwn, message.IsHandedOver, message.Findings));
            Assert.True((await fromBob.NextAsync<EncryptedMessage>()).IsOwn);
        }

        var posted = await bob.PostAsync("I will be there");
        var live = await fromBob.NextAsync<EncryptedMessage>();
        Assert.Equal((posted.Id, "I will be there", false, false), (live.Id, live.Text, live.IsOwn, live.IsHandedOver));
        Assert.Empty(await client.ReadAsync(_link.Stream).ToListAsync());
        foreach (var secret in (string[])[_link.ToText()[^48..], "supper", "Secretive", "I will be", "family"])
            Assert.DoesNotContain(handler.Requests, request => $"{request}".Contains(secret, StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task Whoever_leaves_takes_along_what_they_wrote_at_once_and_nobody_is_handed_it_any_more()
    {
        var client = NewClient(await StartNodeAsync());
        var (ann, atAnn) = await JoinAsync(client, "Ann");
        var (bob, atBob) = await JoinAsync(client, "Bob");
        await bob.PostAsync("stays");
        await ann.PostAsync("goes");
        await ann.PostAsync("goes too");
        foreach (var text in (string[])["stays", "goes", "goes too"]) Assert.Equal(text, (await atBob.NextAsync<EncryptedMessage>()).Text);
        var begun = TimeProvider.System.GetTimestamp();
        await ann.LeaveAsync();
        await atAnn.EndAsync();
        var left = await atBob.NextAsync<AuthorLeft>();
        Assert.Equal((ann.Author, "Ann", 2, "(Ann left, and 2 messages with them)"), (left.Author, left.Name, left.Messages.Count, $"{left}"));
        Assert.InRange(TimeProvider.System.GetElapsedTime(begun).TotalSeconds, 0, 19); // by their farewell, and not because nobody speaks for them
        var (_, atKim) = await JoinAsync(client);
        Assert.Equal("stays", (await atKim.NextAsync<EncryptedMessage>()).Text);
        await bob.PostAsync("to wait for");
        Assert.Equal("to wait for", (await atKim.NextAsync<EncryptedMessage>()).Text);
        await Assert.ThrowsAsync<InvalidOperationException>(() => ann.PostAsync("too late"));
    }

    [Fact]
    public async Task Whoever_is_cut_off_has_some_time_to_come_back_and_vanishes_after_it()
    {
        var (node, time) = (await StartNodeAsync(), new FakeTime());
        var client = NewClient(node);
        var (_, atAnn) = await JoinAsync(NewClient(Options(node) with { TimeProvider = time }), "Ann");
        var bob = client.Join(_link, "Bob");
        var atBob = new Listener(bob.ListenAsync);
        await atBob.NextAsync<Opened>();
        await bob.PostAsync("soon gone");
        Assert.Equal("soon gone", (await atAnn.NextAsync<EncryptedMessage>()).Text);
        await atBob.DisposeAsync(); // without a farewell
        await ObserversAreAsync(client, _link.Stream, 1);
        var (kim, _) = await JoinAsync(client, "Kim");
        foreach (var seconds in (int[])[0, 15])
        {
            time.Advance(TimeSpan.FromSeconds(seconds));
            await kim.PostAsync("in between"); // what is heard in its turn comes after the other has left, and before anything is gone
            Assert.Equal("in between", (await atAnn.NextAsync<EncryptedMessage>()).Text);
        }

        time.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(bob.Author, (await atAnn.NextAsync<AuthorLeft>()).Author);
    }

    [Fact]
    public async Task When_the_node_ends_and_comes_back_empty_everything_is_there_and_it_holds_nothing()
    {
        var node = await StartNodeAsync();
        var client = NewClient(Options(node) with { LongestBackoff = TimeSpan.FromMilliseconds(200) });
        var (ann, atAnn) = await JoinAsync(client, "Ann");
        var (bob, atBob) = await JoinAsync(client, "Bob");
        await ann.PostAsync("from ann");
        await bob.PostAsync("from bob");
        foreach (var listener in (Listener[])[atAnn, atBob])
            for (var i = 0; i < 2; i++) await listener.NextAsync<EncryptedMessage>();
        await node.KillAsync();
        await atAnn.NextAsync<Disconnected>();
        await node.StartAgainAsync();
        await atAnn.NextAsync<Opened>();
        await atBob.NextAsync<Opened>();
        await ann.PostAsync("on another node");
        Assert.Equal("on another node", (await atBob.NextAsync<EncryptedMessage>()).Text);
        var (_, atKim) = await JoinAsync(client);
        var texts = new List<string>();
        while (texts.Count < 3) texts.Add((await atKim.NextAsync<EncryptedMessage>()).Text);
        Assert.Equal(["from ann", "from bob", "on another node"], texts.Order());
        Assert.Empty(await client.ReadAsync(_link.Stream).ToListAsync());
    }

    [Fact]
    public async Task Where_the_server_holds_what_is_said_nothing_is_sent()
    {
        var client = NewClient(await StartNodeAsync());
        await client.BeginStreamAsync(new BeginStreamOptions { Stream = _link.Stream, Private = true });
        var (ann, atAnn) = await JoinAsync(client, "Ann", opens: false);
        Assert.Null((await atAnn.NextAsync<HeldByServer>()).Message);
        await Assert.ThrowsAsync<InvalidOperationException>(() => ann.PostAsync("not for the server"));
        Assert.Empty(await client.ReadAsync(_link.Stream).ToListAsync());
    }

    [Fact]
    public async Task What_the_server_came_to_hold_between_the_question_and_the_post_is_told()
    {
        var node = await StartNodeAsync();
        using var handler = new InterceptingHandler();
        var client = NewClient(Options(node) with { Handler = handler });
        var (ann, atAnn) = await JoinAsync(client, "Ann");
        await ann.PostAsync("held by nobody");
        await atAnn.NextAsync<EncryptedMessage>();
        // As a node would answer that has ended and come back, and begun a stream of its own with the message.
        handler.Before = request => request is { Method.Method: "GET", RequestUri.AbsolutePath: "/messages" } ? Page() : null;
        var posted = await ann.PostAsync("held after all");
        Assert.Equal([posted.Id, posted.Id], [await NextAsync(), await NextAsync()]); // the message, and the word about it
        async Task<Guid?> NextAsync()
        {
            while (true)
            {
                switch (await atAnn.NextAsync())
                {
                    case EncryptedMessage message: return message.Id;
                    case HeldByServer held: return held.Message;
                }
            }
        }
    }

    [Fact]
    public async Task Without_listening_nothing_is_said_and_two_do_not_listen_to_one_room()
    {
        var client = NewClient(await StartNodeAsync());
        var room = Use(client.Join(_link));
        await Assert.ThrowsAsync<InvalidOperationException>(() => room.PostAsync("nobody would hand it over"));
        var listener = Use(new Listener(room.ListenAsync));
        await listener.NextAsync<Opened>();
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await room.ListenAsync().FirstAsync());
        await Assert.ThrowsAsync<ArgumentException>(() => room.PostAsync(" "));
        Assert.Throws<ArgumentException>(() => client.Join(_link, new string('n', 33)));
    }

    private static HttpResponseMessage Page() => new(HttpStatusCode.OK)
    {
        Content = new StringContent($$"""[{"Id":"{{Guid.NewGuid()}}","Text":"enc2.x","Created":1024,"Stream":"any"}]""", null, "application/json"),
    };

    private async Task<(TraceRoom Room, Listener Items)> JoinAsync(MaltenClient client, string? name = null, bool opens = true)
    {
        var room = Use(client.Join(_link, name));
        var listener = Use(new Listener(room.ListenAsync));
        if (opens) await listener.NextAsync<Opened>();
        return (room, listener);
    }
}
