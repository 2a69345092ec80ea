using System.Net;
using Malten.Client.Connections;
using Malten.Testing;

namespace Malten.Client.Tests;

/// <summary>Posts are stored once, whatever becomes of nodes and answers.</summary>
public sealed class PostingTests : ClientTests
{
    private static readonly HttpRequestException Refused = new(HttpRequestError.ConnectionError, "Connection refused.");
    private static readonly HttpRequestException Lost = new(HttpRequestError.ResponseEnded, "The answer was lost.");

    [Fact]
    public async Task A_post_is_answered_with_the_message_as_stored()
    {
        var client = NewClient(await StartNodeAsync());
        var id = Guid.NewGuid();
        var posted = await client.PostAsync("ü 1", "häl\nlo 😀", new PostOptions { User = "ann", Id = id });
        Assert.Equal((id, "ü 1", "häl\nlo 😀", "ann", null), (posted.Id, posted.Stream, posted.Text, posted.User, posted.ReplyTo));
        Assert.Equal(DateTimeOffset.UtcNow.ToUnixTimeSeconds(), posted.Created.ToDateTimeOffset().ToUnixTimeSeconds(), 10.0);
        Assert.Equal(posted, Assert.Single(await client.ReadAsync("ü 1").ToListAsync()));
    }

    [Fact]
    public async Task A_client_makes_an_id_of_its_own_for_each_post()
    {
        var client = NewClient(await StartNodeAsync());
        var (one, other) = (await client.PostAsync("s", "same"), await client.PostAsync("s", "same"));
        Assert.NotEqual(one.Id, other.Id);
        Assert.Equal((7, 7), (one.Id.Version, other.Id.Version));
    }

    [Fact]
    public async Task A_post_whose_answer_was_lost_is_repeated_at_the_next_node_and_stored_once()
    {
        var nodes = await StartNodesAsync(2);
        using var handler = new InterceptingHandler();
        handler.After = request =>
        {
            if (request.RequestUri!.Port == nodes[0].Address.Port) throw Lost;
        };
        var client = NewClient(Options(nodes) with { Handler = handler });
        var posted = await client.PostAsync("s", "once");
        Assert.Equal([nodes[0].Address.Port, nodes[1].Address.Port], handler.Requests.Select(request => request.Address.Port));
        Assert.Equal(posted, Assert.Single(await client.ReadAsync("s").ToListAsync()));
    }

    [Fact]
    public async Task Posts_go_on_while_nodes_die_and_come_back()
    {
        var nodes = await StartNodesAsync(2);
        var client = NewClient(nodes);
        for (var round = 0; round < 4; round++)
        {
            await nodes[round % 2].KillAsync();
            await client.PostAsync("s", $"{round}");
            await nodes[round % 2].StartAgainAsync();
        }

        Assert.Equal(["0", "1", "2", "3"], await client.ReadAsync("s").Select(message => message.Text).ToListAsync());
    }

    [Fact]
    public async Task A_client_stays_with_the_node_that_answers()
    {
        var nodes = await StartNodesAsync(2);
        using var handler = new InterceptingHandler();
        var client = NewClient(Options(nodes) with { Handler = handler });
        await nodes[0].KillAsync();
        for (var i = 0; i < 3; i++) await client.PostAsync("s", "a");
        Assert.Equal(1, handler.Requests.Count(request => request.Address.Port == nodes[0].Address.Port));
    }

    [Fact]
    public async Task A_refusal_has_the_fields_of_the_problem_and_is_not_repeated()
    {
        var node = await StartNodeAsync();
        using var handler = new InterceptingHandler();
        var client = NewClient(Options(node) with { Handler = handler });
        var refused = await Assert.ThrowsAsync<MaltenException>(() => client.PostAsync("s", new string('x', 1025)));
        Assert.Equal((MaltenFault.Refused, HttpStatusCode.BadRequest, "message"), (refused.Fault, refused.Status, refused.Parameter));
        Assert.False(string.IsNullOrEmpty(refused.Title));
        Assert.Equal(refused.Detail, refused.Message);
        Assert.Contains("1024", refused.Detail, StringComparison.Ordinal);
        Assert.Null(refused.RetryAfter);
        Assert.Equal(node.Address.Port, refused.Node?.Port);
        Assert.Single(handler.Requests);
    }

    [Theory]
    [InlineData(HttpStatusCode.TooManyRequests)]
    [InlineData(HttpStatusCode.ServiceUnavailable)]
    public async Task Retry_After_is_waited_for(HttpStatusCode status)
    {
        var time = new FakeTime();
        using var handler = new InterceptingHandler { Before = _ => InterceptingHandler.Refusal(status, TimeSpan.FromSeconds(7)) };
        var client = NewClient(Options(await StartNodeAsync()) with { Handler = handler, TimeProvider = time });
        var posting = client.PostAsync("s", "patient");
        await Eventually.IsSoAsync(() => handler.Requests.Count == 1 && time.ActiveTimers == 1);
        time.Advance(TimeSpan.FromSeconds(6.9));
        Assert.Single(handler.Requests);
        handler.Before = _ => null;
        time.Advance(TimeSpan.FromSeconds(2)); // with jitter
        Assert.Equal("patient", (await posting).Text);
        Assert.Equal(2, handler.Requests.Count);
    }

    [Fact]
    public async Task A_longer_wait_than_a_call_may_take_is_the_callers_to_decide()
    {
        using var handler = new InterceptingHandler { Before = _ => InterceptingHandler.Refusal(HttpStatusCode.TooManyRequests, TimeSpan.FromHours(3)) };
        var client = NewClient(Options(await StartNodeAsync()) with { Handler = handler });
        var refused = await Assert.ThrowsAsync<MaltenException>(() => client.PostAsync("s", "a"));
        Assert.Equal((HttpStatusCode.TooManyRequests, TimeSpan.FromHours(3), "Try later.", "stream"),
            (refused.Status, refused.RetryAfter, refused.Detail, refused.Parameter));
        Assert.Single(handler.Requests);
    }

    [Fact]
    public async Task A_busy_node_is_not_evaded_but_a_full_one_is()
    {
        var nodes = await StartNodesAsync(2);
        var first = nodes[0].Address.Port;
        using var handler = new InterceptingHandler();
        var full = InterceptingHandler.Refusal(HttpStatusCode.ServiceUnavailable, TimeSpan.FromSeconds(20));
        handler.Before = request => request.RequestUri!.Port == first ? full : null;
        var client = NewClient(Options(nodes) with { Handler = handler });
        await client.PostAsync("s", "elsewhere"); // at once
        Assert.Equal(2, handler.Requests.Count);

        using var busy = new InterceptingHandler { Before = _ => InterceptingHandler.Refusal(HttpStatusCode.TooManyRequests, TimeSpan.FromMinutes(1)) };
        await Assert.ThrowsAsync<MaltenException>(() => NewClient(Options(nodes) with { Handler = busy }).PostAsync("s", "a"));
        Assert.Single(busy.Requests);
    }

    [Fact]
    public async Task A_call_gives_up_in_time_and_says_why()
    {
        var time = new FakeTime();
        using var handler = new InterceptingHandler { Before = _ => throw Refused };
        var client = NewClient(new MaltenClientOptions
        {
            Nodes = [new("http://one.example"), new("http://two.example")], Handler = handler, TimeProvider = time,
        });
        var posting = client.PostAsync("secret-name", "secret text");
        var begun = time.GetTimestamp();
        await AdvanceUntilAsync(time, TimeSpan.FromSeconds(0.5), () => posting.IsCompleted);
        var failed = await Assert.ThrowsAsync<MaltenException>(() => posting);
        Assert.Equal(MaltenFault.Unreachable, failed.Fault);
        Assert.Contains("two.example", failed.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", failed.ToString(), StringComparison.Ordinal);
        Assert.InRange(time.GetElapsedTime(begun), TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(31));
        Assert.InRange(handler.Requests.Count, 8, 20); // 0.25, 0.5, 1 … seconds apart, each time both nodes
    }

    [Fact]
    public async Task A_node_that_hangs_leaves_time_for_the_others()
    {
        var time = new FakeTime();
        var hanging = Use(new ScriptedNode(connection => connection.UntilClosedAsync()));
        var node = await StartNodeAsync();
        var client = NewClient(new MaltenClientOptions
        {
            Nodes = [hanging.Address, node.Address], TimeProvider = time, AttemptTimeout = TimeSpan.FromSeconds(10), CallTimeout = TimeSpan.FromSeconds(10),
        });
        var asking = client.GetPresenceAsync("s");
        await Eventually.IsSoAsync(() => hanging.Open == 1 && time.ActiveTimers == 1);
        time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(0, (await asking.WaitAsync(TimeSpan.FromSeconds(30))).Observers);
    }

    [Fact]
    public void An_attempt_after_the_end_of_a_call_has_no_time_at_all()
    {
        var time = new FakeTime();
        var options = new MaltenClientOptions { Nodes = [new("http://one.example")], TimeProvider = time };
        var attempts = new Attempts(options, new NodeList(options.Nodes));
        Assert.Equal(options.AttemptTimeout, attempts.Limit);
        time.Advance(options.CallTimeout + TimeSpan.FromSeconds(1)); // timers may be late
        Assert.Equal(TimeSpan.Zero, attempts.Limit);
    }

    [Fact]
    public async Task A_command_is_not_repeated_when_nobody_knows_what_became_of_it()
    {
        var nodes = await StartNodesAsync(2);
        using var handler = new InterceptingHandler { After = _ => throw Lost };
        var client = NewClient(Options(nodes) with { Handler = handler });
        Assert.Equal(MaltenFault.Unreachable, (await Assert.ThrowsAsync<MaltenException>(() => client.SendCommandAsync("s", "now"))).Fault);
        Assert.Single(handler.Requests);
    }

    [Theory]
    [InlineData("application/problem+json", 2)]
    [InlineData("text/html", 1)]
    public async Task A_command_that_is_refused_is_repeated_only_if_a_node_says_so_and_no_proxy(string type, int requests)
    {
        var time = new FakeTime();
        using var handler = new InterceptingHandler
        {
            Before = _ => new HttpResponseMessage(HttpStatusCode.ServiceUnavailable) { Content = new StringContent("{}", null, type) },
        };
        var client = NewClient(new MaltenClientOptions
        {
            Nodes = [new("http://one.example"), new("http://two.example")], Handler = handler, TimeProvider = time, CallTimeout = TimeSpan.FromSeconds(0.2),
        });
        await Assert.ThrowsAsync<MaltenException>(() => client.SendCommandAsync("s", "now"));
        Assert.Equal(requests, handler.Requests.Count);
    }

    [Fact]
    public async Task A_command_is_repeated_when_it_certainly_had_no_effect()
    {
        var nodes = await StartNodesAsync(2);
        var client = NewClient(nodes);
        await nodes[0].KillAsync();
        Assert.Equal("now", (await client.SendCommandAsync("s", "now")).Prompt);
    }

    [Fact]
    public async Task A_call_is_cancelled_while_it_waits_and_while_it_is_asked()
    {
        using var handler = new InterceptingHandler { Before = _ => InterceptingHandler.Refusal(HttpStatusCode.TooManyRequests, TimeSpan.FromSeconds(20)) };
        var client = NewClient(Options(await StartNodeAsync()) with { Handler = handler });
        using var stop = new CancellationTokenSource();
        var waiting = client.PostAsync("s", "a", cancellationToken: stop.Token);
        await Eventually.IsSoAsync(() => handler.Requests.Count == 1);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        var late = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.PostAsync("s", "a", cancellationToken: stop.Token));
        Assert.Equal(stop.Token, late.CancellationToken);
    }

    [Fact]
    public async Task Disposing_the_client_ends_a_call_that_waits()
    {
        using var handler = new InterceptingHandler { Before = _ => InterceptingHandler.Refusal(HttpStatusCode.TooManyRequests, TimeSpan.FromSeconds(20)) };
        var time = new FakeTime();
        var client = NewClient(new MaltenClientOptions { Nodes = [new("http://one.example")], Handler = handler, TimeProvider = time });
        var waiting = client.PostAsync("s", "a");
        await Eventually.IsSoAsync(() => handler.Requests.Count == 1 && time.ActiveTimers == 1);
        await client.DisposeAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(TimeSpan.FromSeconds(20)));
    }

    [Fact]
    public async Task Text_that_could_not_be_sent_unchanged_is_not_sent()
    {
        using var handler = new InterceptingHandler();
        var client = NewClient(Options(await StartNodeAsync()) with { Handler = handler });
        await Assert.ThrowsAsync<ArgumentException>(() => client.PostAsync("s", "half \ud83d"));
        await Assert.ThrowsAsync<ArgumentException>(() => client.PostAsync("\ude00", "a"));
        Assert.Empty(handler.Requests);
    }

    [Fact]
    public async Task Failures_and_retries_are_logged_without_names_and_texts()
    {
        var entries = new List<ClientLogEntry>();
        var nodes = await StartNodesAsync(2);
        var client = NewClient(Options(nodes) with { Log = entries.Add });
        await nodes[0].KillAsync();
        await client.PostAsync("secret-name", "secret text");
        var entry = Assert.Single(entries);
        Assert.Equal(nodes[0].Address.Port, entry.Node.Port);
        Assert.IsType<MaltenException>(entry.Failure);
        Assert.DoesNotContain("secret", $"{entry} {entry.Failure}", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ftp://a.example")]
    [InlineData("https://user:password@a.example")]
    [InlineData("https://a.example/?q=1")]
    [InlineData("https://a.example/#name")]
    public void What_is_no_address_of_a_node_is_refused(string address) => Assert.ThrowsAny<ArgumentException>(() => new MaltenClient(address));

    [Fact]
    public void A_client_without_nodes_or_with_senseless_limits_is_refused()
    {
        Assert.Throws<ArgumentException>(() => new MaltenClient());
        Assert.Throws<ArgumentOutOfRangeException>(() =>
            new MaltenClient(new MaltenClientOptions { Nodes = [new("http://a.example")], CallTimeout = TimeSpan.Zero }));
    }
}
