using System.Globalization;
using System.Net;
using Malten.Client.Encryption;
using Malten.Testing;

namespace Malten.Client.Tests;

/// <summary>History that is handed over in a stream that leaves no trace, among those who are slow, odd or lie.</summary>
public sealed class TraceCrowdTests : TraceTests
{
    [Theory]
    [InlineData(HttpStatusCode.TooManyRequests)]
    [InlineData(HttpStatusCode.Found)]
    [InlineData(HttpStatusCode.BadRequest)]
    public async Task Those_to_whom_nothing_can_be_said_hold_up_nobody_else(HttpStatusCode status)
    {
        var node = await StartNodeAsync();
        using var handler = new InterceptingHandler();
        // A call would go on for longer than a test waits.
        var (_, atAnn) = await JoinAsync(NewClient(Options(node)));
        var (ann, _) = await JoinAsync(NewClient(Options(node) with { Handler = handler, CallTimeout = TimeSpan.FromMinutes(10) }), "Ann");
        for (var i = 0; i < 60; i++) await ann.PostAsync($"{i}");
        var slow = new List<TracePeer>();
        for (var i = 0; i < 4; i++) slow.Add(await ComeAsync(NewClient(node)));
        handler.BeforeAsync = (request, body, _) => Task.FromResult(
            slow.Any(one => one.Handle == AddresseeOf(request, body)) ? InterceptingHandler.Refusal(status, TimeSpan.FromSeconds(1)) : null);
        foreach (var one in slow)
        {
            await one.SayHelloAsync();
            await Eventually.IsSoAsync(() => handler.Requests.Any(request => request.Body.EndsWith($"to={one.Handle}", StringComparison.Ordinal)));
        }

        var (_, atKim) = await JoinAsync(NewClient(node));
        for (var i = 0; i < 60; i++) Assert.Equal($"{i}", (await atKim.NextAsync<EncryptedMessage>()).Text);
        for (var i = 0; i < 60; i++) Assert.Equal($"{i}", (await atAnn.NextAsync<EncryptedMessage>()).Text);
    }

    [Fact]
    public async Task That_an_author_is_here_comes_before_what_they_hand_over_and_before_their_first_message()
    {
        var node = await StartNodeAsync();
        using var handler = new InterceptingHandler();
        var peer = await ComeAsync(NewClient(node));
        var (ann, atAnn) = await JoinAsync(NewClient(Options(node) with { Handler = handler }), "Ann");
        var isFirst = true;
        handler.BeforeAsync = async (request, body, cancel) =>
        {
            if (AddresseeOf(request, body) is null || !isFirst) return null;
            isFirst = false;
            await Task.Delay(300, cancel); // a slow network, for this one alone
            return null;
        };
        await ann.PostAsync("first");
        await atAnn.NextAsync<EncryptedMessage>();
        await Eventually.IsSoAsync(() => peer.Heard.Any(one => one.Said is Message));
        Assert.Equal([typeof(HelloFrame), typeof(HereFrame), typeof(Message)], peer.Heard.Select(one => one.Said.GetType()));
        isFirst = true;
        await peer.SayHelloAsync();
        await Eventually.IsSoAsync(() => peer.Heard.Any(one => one.Said is MessagesFrame));
        Assert.Equal([typeof(HereFrame), typeof(MessagesFrame)], peer.Heard.Skip(3).Select(one => one.Said.GetType()));
    }

    [Fact]
    public async Task Whoever_hands_over_nothing_of_what_they_said_they_have_is_asked_again_and_it_is_told()
    {
        var (node, time) = (await StartNodeAsync(), new FakeTime());
        var peer = await ComeAsync(NewClient(node));
        var (ann, atAnn) = await JoinAsync(NewClient(Options(node) with { TimeProvider = time }), "Ann");
        await Eventually.IsSoAsync(() => Hellos() == 1); // as whoever connects says it to all
        await peer.SayHereAsync(count: 3);
        await Eventually.IsSoAsync(() => ann.Fetching == 1);
        for (var asked = 1; asked <= 5; asked++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Eventually.IsSoAsync(() => Hellos() == 1 + asked);
        }

        time.Advance(TimeSpan.FromSeconds(1));
        await atAnn.NextAsync<HistoryIncomplete>();
        Assert.Equal(0, ann.Fetching);

        int Hellos() => peer.Heard.Count(one => one.Said is HelloFrame);
    }

    [Fact]
    public async Task Rubbish_of_many_silences_no_honest_author()
    {
        var client = NewClient(await StartNodeAsync());
        var (ann, atAnn) = await JoinAsync(client, "Ann");
        var liars = new List<TracePeer>();
        for (var i = 0; i < 5; i++) liars.Add(await ComeAsync(client));
        foreach (var liar in liars)
            for (var i = 0; i < 32; i++) await liar.SayTextAsync("enc2.rubbish");
        var honest = await ComeAsync(client);
        honest.Have(300);
        await honest.SayHereAsync();
        await Eventually.IsSoAsync(() => ann.Fetching == 1);
        await honest.HandOverAsync();
        for (var i = 0; i < 300; i++) Assert.Equal($"number {i}", (await atAnn.NextAsync<EncryptedMessage>()).Text);
        Assert.Equal(0, ann.Fetching);
    }

    [Fact]
    public async Task Whoever_came_back_while_the_caller_worked_has_not_left()
    {
        var (node, time) = (await StartNodeAsync(), new FakeTime());
        var client = NewClient(node);
        await client.BeginStreamAsync(new BeginStreamOptions { Stream = Link.Stream, Private = true, Keep = 0 });
        var (kim, _) = await JoinAsync(client, "Kim");
        var ann = Use(NewClient(Options(node) with { TimeProvider = time }).Join(Link));
        var items = ann.ListenAsync().GetAsyncEnumerator();
        await NextAsync<Opened>();
        var bob = await TracePeer.ComeAsync(client, Link);
        await bob.SayHereAsync();
        await bob.PostAsync("stays");
        Assert.Equal("stays", (await NextAsync<EncryptedMessage>()).Text);
        var next = NextAsync<EncryptedMessage>();
        await bob.DisposeAsync();
        await ObserversAreAsync(client, Link.Stream, 2);
        await kim.PostAsync("in between"); // comes after the word that a listener has left
        Assert.Equal("in between", (await next).Text);
        var again = await ComeAsync(client, bob.Author);
        await again.SayHereAsync();
        await kim.PostAsync("after");
        await Eventually.IsSoAsync(() => ann.IsBehind);
        time.Advance(TimeSpan.FromSeconds(25));
        Assert.Equal("after", (await NextAsync<EncryptedMessage>()).Text);
        await items.DisposeAsync();

        async Task<T> NextAsync<T>() where T : StreamItem
        {
            while (await items.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30)))
            {
                if (items.Current is T wanted) return wanted;
                Assert.IsNotType<AuthorLeft>(items.Current);
            }

            throw new InvalidOperationException("It has ended.");
        }
    }

    [Fact]
    public async Task Fifty_authors_hand_over_1024_messages()
    {
        var node = await StartNodeAsync();
        var authors = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => ComeAsync(NewClient(node), new Enc2Author(new Enc2(Link.Keys), $"author {i}"))));
        foreach (var (i, author) in authors.Index())
        {
            author.Have(i < 24 ? 21 : 20);
            author.Answers = true;
        }

        var newcomer = Use(NewClient(node).Join(Link));
        var items = Use(new Listener(newcomer.ListenAsync));
        await items.NextAsync<Opened>();
        var begun = TimeProvider.System.GetTimestamp();
        var messages = new List<EncryptedMessage>();
        while (messages.Count < 1024) messages.Add(await items.NextAsync<EncryptedMessage>());
        var took = TimeProvider.System.GetElapsedTime(begun);
        TestContext.Current.SendDiagnosticMessage(string.Create(CultureInfo.InvariantCulture,
            $"1024 messages of 50 authors: {took.TotalMilliseconds:F0} ms after the client was connected"));
        Assert.All(messages, message => Assert.Equal((true, Findings.None), (message.IsHandedOver, message.Findings)));
        Assert.Equal(1024, messages.DistinctBy(message => message.Id).Count());
        Assert.Equal(50, messages.DistinctBy(message => message.Author).Count());
        await Eventually.IsSoAsync(() => newcomer.Fetching == 0);
    }
}
