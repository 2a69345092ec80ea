using System.Net;
using System.Text;
using Malten.Testing;

namespace Malten.Client.Tests;

/// <summary>Rooms with the key in the link, over a real node: what one writes, another reads, and the server learns nothing.</summary>
public sealed class EncryptedRoomTests : ClientTests
{
    private readonly EncryptedLink _link = EncryptedLink.New("family matters");

    [Fact]
    public async Task Two_rooms_with_one_link_talk_and_the_server_learns_nothing()
    {
        using var handler = new InterceptingHandler();
        var client = NewClient(Options(await StartNodeAsync()) with { Handler = handler });
        using var ann = await client.JoinAsync(_link, "Ann Secretive");
        using var bob = await client.JoinAsync(EncryptedLink.Parse(_link.ToText()));
        var fromAnn = Use(new Listener(stop => bob.ListenAsync(cancellationToken: stop)));
        var fromBob = Use(new Listener(stop => ann.ListenAsync(cancellationToken: stop)));
        var posted = await ann.PostAsync("supper at eight");
        var heard = await fromAnn.NextAsync<EncryptedMessage>();
        Assert.Equal((posted.Id, "supper at eight", "Ann Secretive", ann.Author, false, Findings.None),
            (heard.Id, heard.Text, heard.Name, heard.Author, heard.IsOwn, heard.Findings));
        Assert.True((await fromBob.NextAsync<EncryptedMessage>()).IsOwn);
        await bob.PostAsync("I will be there");
        var answer = await fromBob.NextAsync<EncryptedMessage>();
        Assert.Equal(("I will be there", null, bob.Author, Findings.None), (answer.Text, answer.Name, answer.Author, answer.Findings));
        Assert.NotEqual(ann.Author, bob.Author);
        Assert.Contains(handler.Requests, request => request.Body.Contains("message=enc2.", StringComparison.Ordinal));
        var encoded = Convert.ToBase64String(Encoding.UTF8.GetBytes("supper at eight"))[..16];
        foreach (var secret in (string[])[_link.ToText()[^48..], "supper", "Secretive", "I will be", "family", encoded])
            Assert.DoesNotContain(handler.Requests, request => $"{request}".Contains(secret, StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task Who_comes_later_hears_all_that_is_held_and_names_what_was_read()
    {
        var client = NewClient(await StartNodeAsync());
        using var ann = await client.JoinAsync(_link, "ann");
        for (var i = 0; i < 30; i++) await ann.PostAsync($"{i}");
        using var bob = await client.JoinAsync(_link, "bob");
        var listener = Use(new Listener(stop => bob.ListenAsync(Cursor.Beginning, stop)));
        for (var i = 0; i < 30; i++)
        {
            var message = await listener.NextAsync<EncryptedMessage>();
            Assert.Equal(($"{i}", Findings.None), (message.Text, message.Findings));
        }

        await bob.PostAsync("read");
        Assert.Equal(("read", true), (await listener.NextAsync<EncryptedMessage>()) is var own ? (own.Text, own.IsOwn) : default);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Whoever_listens_goes_on_trying_while_no_node_is_up(bool fromBeginning)
    {
        var (node, time) = (await StartNodeAsync(), new FakeTime());
        await node.KillAsync();
        using var bob = NewClient(Options(node) with { CallTimeout = TimeSpan.FromMilliseconds(200), TimeProvider = time }).Join(_link);
        var listener = Use(new Listener(stop => bob.ListenAsync(fromBeginning ? Cursor.Beginning : null, stop)));
        for (var times = 0; times < 3; times++)
        {
            var failed = await listener.NextAsync<Disconnected>();
            Assert.Equal((node.Address, MaltenFault.Unreachable), (failed.Node, failed.Cause?.Fault));
            Assert.InRange(failed.RetryIn.TotalSeconds, 1 << times, (1 << times) * 1.25);
            if (times == 2) await node.StartAgainAsync();
            await Eventually.IsSoAsync(() => time.ActiveTimers == 1); // it waits
            time.Advance(failed.RetryIn);
        }

        await listener.NextAsync<Opened>();
        using var ann = await NewClient(node).JoinAsync(_link, "ann");
        await ann.PostAsync("are you there?");
        Assert.Equal("are you there?", (await listener.NextAsync<EncryptedMessage>()).Text);
    }

    [Fact]
    public async Task A_room_that_was_joined_without_a_node_posts_as_soon_as_there_is_one()
    {
        var node = await StartNodeAsync();
        using var ann = NewClient(node).Join(_link, "ann");
        using var bob = await NewClient(node).JoinAsync(_link);
        await bob.PostAsync("before");
        await node.KillAsync();
        // A call that is refused is given up at once, since a retry would come later than its time is over; no other call is late.
        var time = new FakeTime(DateTimeOffset.UtcNow);
        using var carol = NewClient(Options(node) with { CallTimeout = TimeSpan.FromMilliseconds(200), TimeProvider = time }).Join(_link);
        Assert.Equal(MaltenFault.Unreachable, (await Assert.ThrowsAsync<MaltenException>(() => carol.PostAsync("hello"))).Fault);
        await node.StartAgainAsync();
        await Task.WhenAll(Enumerable.Range(0, 3).Select(i => ann.PostAsync($"{i}"))); // opened once
        await carol.PostAsync("hello");
        var listener = Use(new Listener(stop => ann.ListenAsync(Cursor.Beginning, stop)));
        var heard = new List<EncryptedMessage>();
        while (heard.Count < 4) heard.Add(await listener.NextAsync<EncryptedMessage>());
        Assert.Equal(["0", "1", "2", "hello"], heard.Select(message => message.Text).Order());
        Assert.All(heard, message => Assert.Equal(Findings.None, message.Findings));
    }

    [Fact]
    public async Task What_came_between_joining_and_listening_is_heard()
    {
        var client = NewClient(await StartNodeAsync());
        using var ann = await client.JoinAsync(_link, "ann");
        await ann.PostAsync("before");
        using var bob = await client.JoinAsync(_link);
        await ann.PostAsync("between");
        Assert.Equal("between", (await Use(new Listener(stop => bob.ListenAsync(cancellationToken: stop))).NextAsync<EncryptedMessage>()).Text);
    }

    [Fact]
    public async Task Listening_that_broke_early_goes_on_after_the_last_message_that_was_given()
    {
        var client = NewClient(await StartNodeAsync());
        using var ann = await client.JoinAsync(_link, "ann");
        for (var i = 0; i < 3; i++) await ann.PostAsync($"{i}");
        using var bob = await client.JoinAsync(_link);
        await foreach (var item in bob.ListenAsync(Cursor.Beginning))
            if (item is EncryptedMessage { Text: "0" }) break;
        var next = Use(new Listener(stop => bob.ListenAsync(cancellationToken: stop)));
        Assert.Equal(("1", Findings.None), await NextAsync(next));
        Assert.Equal(("2", Findings.None), await NextAsync(next));
    }

    [Fact]
    public async Task What_others_slip_in_is_told_apart()
    {
        var client = NewClient(await StartNodeAsync());
        using var ann = await client.JoinAsync(_link, "ann");
        using var bob = await client.JoinAsync(_link);
        var listener = Use(new Listener(stop => bob.ListenAsync(cancellationToken: stop)));
        await ann.PostAsync("genuine");
        Assert.Equal("genuine", (await listener.NextAsync<EncryptedMessage>()).Text);
        var stored = await client.ReadAsync(_link.Stream).SingleAsync();
        await client.PostAsync(_link.Stream, "not encrypted", new PostOptions { User = "ann" });
        Assert.Equal("not encrypted", (await listener.NextAsync<UnencryptedMessage>()).Message.Text);
        await client.PostAsync(_link.Stream, stored.Text);
        Assert.Equal(MessageFault.Copy, (await listener.NextAsync<UnreadableMessage>()).Fault);
        using var other = await client.JoinAsync(EncryptedLink.New());
        await other.PostAsync("another key's");
        var foreign = await client.ReadAsync(other.Link.Stream).SingleAsync();
        await client.PostAsync(_link.Stream, foreign.Text, new PostOptions { Id = foreign.Id });
        Assert.Equal(MessageFault.NotSealed, (await listener.NextAsync<UnreadableMessage>()).Fault);
        await client.PostAsync(_link.Stream, "enc2.AAAA");
        Assert.Equal(MessageFault.NotSealed, (await listener.NextAsync<UnreadableMessage>()).Fault);
    }

    [Fact]
    public async Task A_message_that_the_server_keeps_to_itself_is_missed()
    {
        var node = await StartNodeAsync();
        var client = NewClient(node);
        using var ann = await client.JoinAsync(_link, "ann");
        for (var i = 0; i < 3; i++) await ann.PostAsync($"{i}");
        var held = await client.ReadAsync(_link.Stream).ToListAsync();
        var hostile = NewClient(await StartNodeAsync());
        foreach (var message in (Message[])[held[0], held[2]])
            await hostile.PostAsync(_link.Stream, message.Text, new PostOptions { Id = message.Id });
        using var bob = await hostile.JoinAsync(_link);
        var listener = Use(new Listener(stop => bob.ListenAsync(Cursor.Beginning, stop)));
        Assert.Equal(("0", Findings.None), await NextAsync(listener));
        Assert.Equal(("2", Findings.Missing), await NextAsync(listener));
        await hostile.PostAsync(_link.Stream, held[1].Text, new PostOptions { Id = held[1].Id });
        Assert.Equal(("1", Findings.Late), await NextAsync(listener));
        Assert.Equal(Findings.None, (await listener.NextAsync<FindingsChanged>()).Message.Findings); // of the third: nothing is missing any more
    }

    [Fact]
    public async Task A_text_that_no_page_could_show_is_refused_before_it_is_sealed()
    {
        var client = NewClient(await StartNodeAsync());
        using var ann = await client.JoinAsync(_link, new string('a', 32));
        foreach (var text in (string[])[" ", "", new string('a', 1025), "half of \uD83C"])
            await Assert.ThrowsAsync<ArgumentException>(() => ann.PostAsync(text));
        await Assert.ThrowsAsync<ArgumentException>(() => client.JoinAsync(_link, new string('a', 33)));
        await ann.PostAsync(string.Concat(Enumerable.Repeat("🌞", 1024)));
        using var bob = await client.JoinAsync(_link);
        var heard = await Use(new Listener(stop => bob.ListenAsync(Cursor.Beginning, stop))).NextAsync<EncryptedMessage>();
        Assert.Equal((2048, Findings.None), (heard.Text.Length, heard.Findings)); // the first number: nothing was given up
    }

    [Fact]
    public async Task A_post_that_fails_is_given_up_and_the_next_one_says_so()
    {
        using var handler = new InterceptingHandler();
        var client = NewClient(Options(await StartNodeAsync()) with { Handler = handler });
        using var ann = await client.JoinAsync(_link, "ann");
        using var bob = await client.JoinAsync(_link);
        var listener = Use(new Listener(stop => bob.ListenAsync(cancellationToken: stop)));
        await ann.PostAsync("first");
        handler.Before = request => request.Method == HttpMethod.Post ? InterceptingHandler.Refusal(HttpStatusCode.BadRequest) : null;
        await Assert.ThrowsAsync<MaltenException>(() => ann.PostAsync("refused"));
        handler.Before = _ => null;
        await ann.PostAsync("third");
        Assert.Equal(("first", Findings.None), await NextAsync(listener));
        Assert.Equal(("third", Findings.None), await NextAsync(listener)); // without the author's word, one would be missing
    }

    [Fact]
    public async Task A_post_that_was_stored_though_its_author_was_told_otherwise_is_marked()
    {
        using var handler = new InterceptingHandler();
        var time = new FakeTime(DateTimeOffset.UtcNow); // no call is late
        var client = NewClient(Options(await StartNodeAsync()) with { Handler = handler, CallTimeout = TimeSpan.FromMilliseconds(200), TimeProvider = time });
        using var ann = await client.JoinAsync(_link, "ann");
        using var bob = await client.JoinAsync(_link);
        var listener = Use(new Listener(stop => bob.ListenAsync(cancellationToken: stop)));
        handler.After = request =>
        {
            if (request.Method == HttpMethod.Post) throw new HttpRequestException("The answer was lost.");
        };
        await Assert.ThrowsAsync<MaltenException>(() => ann.PostAsync("stored"));
        handler.After = _ => { };
        Assert.Equal(("stored", Findings.None), await NextAsync(listener));
        await ann.PostAsync("next");
        Assert.Equal(("next", Findings.None), await NextAsync(listener));
        Assert.Equal(Findings.Skipped, (await listener.NextAsync<FindingsChanged>()).Message.Findings);
    }

    [Fact]
    public async Task A_post_that_is_repeated_under_its_own_id_gives_what_is_stored_and_leaves_no_gap()
    {
        using var handler = new InterceptingHandler();
        var client = NewClient(Options(await StartNodeAsync()) with { Handler = handler });
        using var ann = await client.JoinAsync(_link, "ann");
        using var bob = await client.JoinAsync(_link, "bob");
        using var carol = await client.JoinAsync(_link);
        var listener = Use(new Listener(stop => carol.ListenAsync(cancellationToken: stop)));
        var id = Guid.NewGuid();
        var first = await ann.PostAsync("once", id);
        Assert.Equal(first, await ann.PostAsync("twice", id));
        var another = await bob.PostAsync("of another author", id);
        Assert.Equal(("once", first.Created, ann.Author, false), (another.Text, another.Created, another.Author, another.IsOwn));
        await ann.PostAsync("from ann");
        await bob.PostAsync("from bob");
        foreach (var text in (string[])["once", "from ann", "from bob"]) Assert.Equal((text, Findings.None), await NextAsync(listener));
        var foreign = Guid.NewGuid();
        await client.PostAsync(_link.Stream, "not encrypted", new PostOptions { Id = foreign });
        await Assert.ThrowsAsync<ArgumentException>(() => ann.PostAsync("too late", foreign));
    }

    private static async Task<(string, Findings)> NextAsync(Listener listener) =>
        await listener.NextAsync<EncryptedMessage>() is var message ? (message.Text, message.Findings) : default;
}
