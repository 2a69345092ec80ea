using System.Net;
using Malten.Testing;

namespace Malten.Client.Tests;

/// <summary>What is posted to a stream that leaves no trace: no server comes to hold it, and its author hands it over whatever becomes of the answer.</summary>
public sealed class TraceKeepingTests : TraceTests
{
    [Fact]
    public async Task A_node_that_ends_during_a_post_and_comes_back_holds_nothing()
    {
        var node = await StartNodeAsync();
        using var handler = new InterceptingHandler();
        var client = NewClient(Options(node) with { Handler = handler, LongestBackoff = TimeSpan.FromMilliseconds(200) });
        var (ann, atAnn) = await JoinAsync(client, "Ann");
        await ann.PostAsync("before");
        await atAnn.NextAsync<EncryptedMessage>();
        var isFirst = true;
        handler.BeforeAsync = async (request, _, _) =>
        {
            if (!IsPost(request) || !isFirst) return null;
            isFirst = false;
            await node.KillAsync();
            await node.StartAgainAsync();
            throw new HttpRequestException(HttpRequestError.ConnectionError, "It has ended.");
        };
        await ann.PostAsync("meanwhile");
        Assert.Empty(await client.ReadAsync(Link.Stream).ToListAsync());
    }

    [Fact]
    public async Task A_node_that_ended_while_the_caller_worked_on_an_item_holds_nothing_either()
    {
        var node = await StartNodeAsync();
        var client = NewClient(Options(node) with { LongestBackoff = TimeSpan.FromMilliseconds(200) });
        var ann = Use(client.Join(Link, "Ann"));
        var hasEnded = false;
        await foreach (var item in ann.ListenAsync())
        {
            if (item is Opened && !hasEnded) await ann.PostAsync("before");
            if (item is not EncryptedMessage) continue;
            if (hasEnded) break;
            hasEnded = true;
            await node.KillAsync();
            await node.StartAgainAsync();
            await ann.PostAsync("during the work");
            break;
        }

        Assert.Empty(await client.ReadAsync(Link.Stream).ToListAsync());
        await Assert.ThrowsAsync<InvalidOperationException>(() => ann.PostAsync("nobody would hand it over any more"));
    }

    [Fact]
    public async Task What_was_stored_and_whose_answer_was_lost_is_handed_over()
    {
        var node = await StartNodeAsync();
        using var handler = new InterceptingHandler();
        var (ann, atAnn) = await JoinAsync(NewClient(Options(node) with { Handler = handler }), "Ann");
        using var lost = new CancellationTokenSource();
        handler.After = request =>
        {
            if (!IsPost(request) || lost.IsCancellationRequested) return;
            lost.Cancel();
            throw new OperationCanceledException(lost.Token);
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ann.PostAsync("stored", lost.Token));
        Assert.Equal("stored", (await atAnn.NextAsync<EncryptedMessage>()).Text);
        await ann.PostAsync("after it");
        var (kim, atKim) = await JoinAsync(NewClient(node));
        foreach (var text in (string[])["stored", "after it"])
        {
            var message = await atKim.NextAsync<EncryptedMessage>();
            Assert.Equal((text, Findings.None), (message.Text, message.Findings));
        }

        await Eventually.IsSoAsync(() => kim.Fetching == 0);
    }

    [Fact]
    public async Task An_answer_about_another_message_is_none_of_a_node()
    {
        var node = await StartNodeAsync();
        using var handler = new InterceptingHandler();
        var (ann, _) = await JoinAsync(NewClient(Options(node) with { Handler = handler }), "Ann");
        handler.Before = request => !IsPost(request) ? null : new HttpResponseMessage(HttpStatusCode.OK)
        {
            Content = new StringContent($$"""{"Id":"{{Guid.NewGuid()}}","Text":"enc2.x","Created":1024,"Stream":"any"}""", null, "application/json"),
        };
        Assert.Equal(MaltenFault.BadAnswer, (await Assert.ThrowsAsync<MaltenException>(() => ann.PostAsync("hello"))).Fault);
    }

    [Fact]
    public async Task While_a_node_is_slow_to_say_what_it_holds_others_are_answered_and_one_may_leave()
    {
        var node = await StartNodeAsync();
        using var handler = new InterceptingHandler();
        var client = NewClient(Options(node) with
        {
            Handler = handler,
            LongestBackoff = TimeSpan.FromMilliseconds(200),
            AttemptTimeout = TimeSpan.FromMinutes(10),
            CallTimeout = TimeSpan.FromMinutes(10),
        });
        var (ann, atAnn) = await JoinAsync(client, "Ann");
        await ann.PostAsync("before");
        await atAnn.NextAsync<EncryptedMessage>();
        var asked = new TaskCompletionSource();
        handler.BeforeAsync = async (request, _, cancel) =>
        {
            if (request.RequestUri!.AbsolutePath is not ("/presence" or "/streams")) return null;
            asked.TrySetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, cancel);
            return null;
        };
        await node.KillAsync();
        await node.StartAgainAsync();
        await asked.Task.WaitAsync(TimeSpan.FromSeconds(30));
        var (_, atKim) = await JoinAsync(NewClient(node), "Kim");
        Assert.Equal("before", (await atKim.NextAsync<EncryptedMessage>()).Text);
        await ann.LeaveAsync().WaitAsync(TimeSpan.FromSeconds(10));
        await atAnn.EndAsync();
    }

    [Fact]
    public async Task Nothing_follows_a_farewell()
    {
        var node = await StartNodeAsync();
        using var handler = new InterceptingHandler();
        var (ann, atAnn) = await JoinAsync(NewClient(Options(node) with { Handler = handler }), "Ann");
        var (_, atKim) = await JoinAsync(NewClient(node), "Kim");
        await ann.PostAsync("goes");
        Assert.Equal("goes", (await atKim.NextAsync<EncryptedMessage>()).Text);
        var (posting, isFirst) = (new TaskCompletionSource(), true);
        handler.BeforeAsync = async (request, _, cancel) =>
        {
            if (!IsPost(request) || !isFirst) return null;
            isFirst = false;
            posting.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, cancel);
            return null;
        };
        var late = ann.PostAsync("too late");
        await posting.Task;
        await ann.LeaveAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(() => late);
        Assert.Equal(ann.Author, (await atKim.NextAsync<AuthorLeft>()).Author);
        await ann.DisposeAsync();
        await atAnn.EndAsync();
    }

    [Fact]
    public async Task A_silent_connection_is_given_up_before_others_take_it_for_leaving()
    {
        await using var node = new ScriptedNode(async connection =>
        {
            await connection.SendAsync(ScriptedNode.EventStream + ScriptedNode.OpenEvent(Link.Stream));
            await connection.UntilClosedAsync();
        });
        var time = new FakeTime();
        var room = Use(NewClient(new MaltenClientOptions { Nodes = [node.Address], TimeProvider = time }).Join(Link));
        var items = Use(new Listener(room.ListenAsync));
        await items.NextAsync<Opened>();
        var lost = items.NextAsync<Disconnected>();
        await AdvanceUntilAsync(time, TimeSpan.FromSeconds(1), () => lost.IsCompleted);
        Assert.Contains("for 17 s", (await lost).Cause!.Message, StringComparison.Ordinal);
    }
}
