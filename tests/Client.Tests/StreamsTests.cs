using System.Net;
using Malten.Testing;
using Microsoft.AspNetCore.Builder;

namespace Malten.Client.Tests;

/// <summary>Beginning and listing streams, pipes, and walking through pages.</summary>
public sealed class StreamsTests : ClientTests
{
    [Fact]
    public async Task A_stream_is_begun_as_asked_and_listed()
    {
        var client = NewClient(await StartNodeAsync());
        var begun = await client.BeginStreamAsync(new BeginStreamOptions { Stream = "news", Ttl = TimeSpan.FromHours(1) });
        Assert.Equal(("news", false, TimeSpan.FromHours(1)), (begun.Stream, begun.Private, begun.Ttl));
        await client.BeginStreamAsync(new BeginStreamOptions { Stream = "new", Private = true });
        await client.BeginStreamAsync(new BeginStreamOptions { Stream = "newer" });
        var posted = await client.PostAsync("news", "hello");
        List<ListedStream> list;
        do
        {
            list = [.. await client.ListStreamsAsync("new")];
        }
        while (list is not [{ Messages: 1 }, _]); // a list may be a second old

        Assert.Equal(["news", "newer"], list.Select(one => one.Stream)); // the last used first
        Assert.Equal((posted.Created, TimeSpan.FromHours(1), 0), (list[0].Updated, list[0].Ttl, list[0].Observers));
        Assert.Single(await client.ListStreamsAsync("new", limit: 1));
    }

    [Fact]
    public async Task A_name_in_use_is_refused()
    {
        var client = NewClient(await StartNodeAsync());
        await client.PostAsync("mine", "first");
        var taken = await Assert.ThrowsAsync<MaltenException>(() => client.BeginStreamAsync(new BeginStreamOptions { Stream = "mine" }));
        Assert.Equal(HttpStatusCode.Conflict, taken.Status);
    }

    [Fact]
    public async Task Without_a_name_it_is_random_and_an_answer_that_was_lost_does_no_harm()
    {
        using var handler = new InterceptingHandler();
        var lost = 0;
        handler.After = _ =>
        {
            if (Interlocked.Increment(ref lost) == 1) throw new HttpRequestException(HttpRequestError.ResponseEnded, "lost");
        };
        var client = NewClient(Options(await StartNodeAsync()) with { Handler = handler });
        var begun = await client.BeginStreamAsync(new BeginStreamOptions { Private = true, Ttl = TimeSpan.FromSeconds(9) });
        Assert.Equal((22, true, TimeSpan.FromSeconds(9)), (begun.Stream.Length, begun.Private, begun.Ttl));
        Assert.Equal(2, handler.Requests.Count);
        Assert.NotEqual(begun.Stream, (await client.BeginStreamAsync()).Stream);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(86_401)]
    public async Task A_lifetime_outside_its_limits_is_refused(int seconds)
    {
        var client = NewClient(await StartNodeAsync());
        var refused = await Assert.ThrowsAsync<MaltenException>(() => client.BeginStreamAsync(new BeginStreamOptions { Ttl = TimeSpan.FromSeconds(seconds) }));
        Assert.Equal("ttl", refused.Parameter);
        await Assert.ThrowsAsync<ArgumentException>(() => client.BeginStreamAsync(new BeginStreamOptions { Ttl = TimeSpan.FromSeconds(1.5) }));
        await Assert.ThrowsAsync<ArgumentException>(() => client.BeginPipeAsync(TimeSpan.FromSeconds(1.5)));
    }

    [Fact]
    public async Task What_is_asked_for_is_sent_as_the_contract_spells_it()
    {
        using var handler = new InterceptingHandler();
        var client = NewClient(Options(await StartNodeAsync()) with { Handler = handler });
        var begun = await client.BeginStreamAsync(new BeginStreamOptions { Stream = "s", Private = true, Ttl = TimeSpan.FromSeconds(60), Keep = 0 });
        Assert.Equal("stream=s&private=true&ttl=60&keep=0", handler.Requests[0].Body);
        Assert.InRange(begun.Keep, 0, 1024);
    }

    [Fact]
    public async Task Pages_are_walked_in_both_directions_to_their_end()
    {
        var client = NewClient(await StartNodeAsync());
        var posted = new List<Message>();
        for (var i = 0; i < 23; i++) posted.Add(await client.PostAsync("s", $"{i}"));
        Assert.Equal(posted, await client.ReadAsync("s", new ReadOptions { PageSize = 5 }).ToListAsync());
        Assert.Equal(Enumerable.Reverse(posted), await client.ReadAsync("s", new ReadOptions { PageSize = 5, NewestFirst = true }).ToListAsync());
        Assert.Equal(posted.Skip(11), await client.ReadAsync("s", new ReadOptions { PageSize = 4, From = posted[10].Created }).ToListAsync());
        Assert.Equal(posted.Take(10).Reverse(),
            await client.ReadAsync("s", new ReadOptions { PageSize = 4, From = posted[10].Created, NewestFirst = true }).ToListAsync());
        Assert.Equal(posted, await client.ReadAsync("s").ToListAsync());
        Assert.Equal(posted, await client.ReadAsync("s", new ReadOptions { PageSize = 5, From = Timestamp.Beginning }).ToListAsync());
        Assert.Empty(await client.ReadAsync("s", new ReadOptions { From = Timestamp.Beginning, NewestFirst = true }).ToListAsync());
        Assert.Equal(posted.TakeLast(3).Reverse(), await client.ReadAsync("s", new ReadOptions { NewestFirst = true }).Take(3).ToListAsync());
        Assert.Empty(await client.ReadAsync("nothing here").ToListAsync());
        Assert.Equal("limit", (await Assert.ThrowsAsync<MaltenException>(() =>
            client.ReadAsync("s", new ReadOptions { PageSize = 1025 }).ToListAsync().AsTask())).Parameter);
    }

    [Fact]
    public async Task Walking_stops_when_it_is_cancelled()
    {
        var client = NewClient(await StartNodeAsync());
        for (var i = 0; i < 3; i++) await client.PostAsync("s", $"{i}");
        using var stop = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var message in client.ReadAsync("s", new ReadOptions { PageSize = 1 }, stop.Token)) await stop.CancelAsync();
        });
    }

    [Fact]
    public async Task A_pipe_has_two_seats_and_is_nobody_elses()
    {
        var client = NewClient(await StartNodeAsync());
        var pipe = await client.BeginPipeAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(TimeSpan.FromSeconds(60), pipe.Ttl);
        await client.PostAsync(pipe.Stream, "just us", new PostOptions { Seat = pipe.Seats[0] });
        Assert.Single(await client.ReadAsync(pipe.Stream, new ReadOptions { Seat = pipe.Seats[1] }).ToListAsync());
        Assert.Equal(0, (await client.GetPresenceAsync(pipe.Stream, pipe.Seats[1])).Observers);
        foreach (var call in new Func<Task>[]
        {
            () => client.PostAsync(pipe.Stream, "a"), () => client.ReadAsync(pipe.Stream).ToListAsync().AsTask(), () => client.GetPresenceAsync(pipe.Stream),
            () => client.SendCommandAsync(pipe.Stream, "a", seat: "guessed"),
        })
            Assert.Equal(HttpStatusCode.Forbidden, (await Assert.ThrowsAsync<MaltenException>(call)).Status);
    }

    [Fact]
    public async Task A_node_may_be_served_under_a_path()
    {
        var node = await StartNodeAsync(new NodeSettings { Before = app => app.UsePathBase("/chat") });
        var client = NewClient(new MaltenClientOptions { Nodes = [new Uri(node.Address, "/chat")] });
        Assert.Equal("hello", (await client.PostAsync("s", "hello")).Text);
        Assert.Equal("hello", (await client.ReadAsync("s").FirstAsync()).Text);
    }

    [Fact]
    public async Task Options_do_not_show_secrets()
    {
        var pipe = await NewClient(await StartNodeAsync()).BeginPipeAsync();
        var seat = pipe.Seats[0];
        foreach (var shown in new object[]
        {
            pipe, new PostOptions { Seat = seat }, new ListenOptions { Seat = seat }, new ReadOptions { Seat = seat }, new AskOptions { Seat = seat },
        })
            Assert.DoesNotContain(seat, $"{shown}", StringComparison.Ordinal);
    }
}
