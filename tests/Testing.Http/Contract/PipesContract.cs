using System.Net;
using System.Text.Json;

namespace Malten.Testing.Contract;

/// <summary>API.md, "POST /pipes".</summary>
public abstract class PipesContract<THost> : ContractTests<THost> where THost : IContractHost<THost>
{
    [Fact]
    public async Task A_pipe_has_a_random_name_and_two_secret_seats()
    {
        var pipes = new[] { await BeginAsync(), await BeginAsync() };
        Assert.All(pipes, pipe =>
        {
            Assert.Equal(["stream", "seats", "ttl"], Names(pipe.Json));
            Assert.Equal(1024, pipe.Json.GetProperty("ttl").GetInt32());
            Assert.Equal(2, pipe.Json.GetProperty("seats").GetArrayLength());
        });
        string[] secrets = [.. pipes.SelectMany(pipe => new[] { pipe.Stream, pipe.First, pipe.Second })];
        Assert.Equal(6, secrets.Distinct().Count());
        Assert.All(secrets, secret => Assert.Matches("^[A-Za-z0-9_-]{22}$", secret));
        Assert.Equal(7, (await Api.PostAsync("/pipes", ("ttl", "7"))).Created().GetProperty("ttl").GetInt32());
    }

    [Fact]
    public async Task From_each_seat_everything_may_be_done()
    {
        var pipe = await BeginAsync();
        var listeners = new List<Listener>();
        foreach (var seat in new[] { pipe.First, pipe.Second }) listeners.Add(await Api.HearAsync(pipe.Stream, $"seat={seat}&user=ann"));
        foreach (var seat in new[] { pipe.First, pipe.Second })
        {
            (await Api.PostAsync("/messages", ("stream", pipe.Stream), ("message", "a"), ("seat", seat))).Ok();
            Assert.Equal("a", Texts((await Api.GetAsync($"/messages?stream={pipe.Stream}&seat={seat}&limit=1")).Ok())[0]);
            Assert.Equal(2, (await Api.GetAsync($"/presence?stream={pipe.Stream}&seat={seat}")).Ok().GetProperty("Observers").GetInt32());
            (await Api.PostAsync("/commands", ("stream", pipe.Stream), ("prompt", "x"), ("seat", seat))).Ok();
            foreach (var listener in listeners)
            {
                await listener.HearsAsync("a");
                Assert.Equal("command", (await listener.NextAsync()).Type);
            }
        }

        Assert.Equal(204, (int)(await Api.PostAsync("/presence", ("session", listeners[0].Session), ("status", "away"))).Status);
        await (await Api.HearAsync(pipe.Stream, $"seat={pipe.First}&last=0")).HearsAsync("a", "a");
    }

    [Fact]
    public async Task Anything_else_is_403()
    {
        var pipe = await BeginAsync();
        var other = await BeginAsync();
        (await Api.PostAsync("/messages", ("stream", pipe.Stream), ("message", "secret"), ("seat", pipe.First))).Ok();
        string[] wrong =
        [
            "", "&seat=", "&seat=x", $"&seat={other.First}", $"&seat={pipe.First}x", $"&seat={pipe.First[..^1]}", $"&seat={pipe.Stream}",
        ];
        foreach (var seat in wrong)
            await AssertForbiddenAsync(pipe.Stream, seat);
        Assert.Equal(["secret"], await ReadAsync(pipe.Stream, $"seat={pipe.Second}"));
    }

    [Fact]
    public async Task A_seat_opens_its_own_pipe_only()
    {
        var pipe = await BeginAsync();
        var (open, unknown) = (NewName(), NewName());
        await PostAsync(open, "a");
        await AssertForbiddenAsync(open, $"&seat={pipe.First}");
        await AssertForbiddenAsync(unknown, $"&seat={pipe.First}");
        (await Api.PostAsync("/streams", ("stream", unknown))).Created();
    }

    [Fact]
    public async Task At_most_two_listeners_are_open_from_a_seat()
    {
        var pipe = await BeginAsync();
        var first = await Api.HearAsync(pipe.Stream, $"seat={pipe.First}");
        await Api.HearAsync(pipe.Stream, $"seat={pipe.First}");
        Refused(await Api.GetAsync($"/events?stream={pipe.Stream}&seat={pipe.First}"), HttpStatusCode.TooManyRequests, "seat");
        await Api.HearAsync(pipe.Stream, $"seat={pipe.Second}");
        await Api.HearAsync(pipe.Stream, $"seat={pipe.Second}");
        Refused(await Api.GetAsync($"/events?stream={pipe.Stream}&seat={pipe.Second}"), HttpStatusCode.TooManyRequests, "seat");
        await first.DisposeAsync();
        await EventuallyAsync(async () => (await Api.GetAsync($"/presence?stream={pipe.Stream}&seat={pipe.Second}")).Ok()
            .GetProperty("Observers").GetInt32() == 3);
        await Api.HearAsync(pipe.Stream, $"seat={pipe.First}");
    }

    [Fact]
    public async Task Its_name_can_not_be_taken_and_it_is_never_listed()
    {
        var pipe = await BeginAsync();
        (await Api.PostAsync("/messages", ("stream", pipe.Stream), ("message", "a"), ("seat", pipe.First))).Ok();
        Refused(await Api.PostAsync("/streams", ("stream", pipe.Stream)), HttpStatusCode.Conflict, "stream");
        Assert.Empty(Names(await ListAsync(pipe.Stream)));
    }

    [Fact]
    public async Task It_ends_after_its_ttl_and_its_seats_open_nothing_any_more()
    {
        var (pipe, listener) = await SetAsync(1, async () =>
        {
            var pipe = await BeginAsync(1);
            var listener = await Api.HearAsync(pipe.Stream, $"seat={pipe.First}");
            (await Api.PostAsync("/messages", ("stream", pipe.Stream), ("message", "a"), ("seat", pipe.First))).Ok();
            await listener.HearsAsync("a");
            return (pipe, listener);
        });
        await PassAsync(1.5);
        await listener.HearsEventAsync("expired");
        await AssertForbiddenAsync(pipe.Stream, $"&seat={pipe.First}");
        await AssertForbiddenAsync(pipe.Stream, $"&seat={pipe.Second}");
        (await Api.PostAsync("/streams", ("stream", pipe.Stream))).Created(); // nothing was begun by those
    }

    [Fact]
    public async Task Who_takes_the_name_of_an_ended_pipe_is_not_heard_by_those_who_sat_in_it()
    {
        var (pipe, listener) = await SetAsync(1, async () =>
        {
            var pipe = await BeginAsync(1);
            return (pipe, await Api.HearAsync(pipe.Stream, $"seat={pipe.First}"));
        });
        await PassAsync(1.5);
        await PostAsync(pipe.Stream, "stranger");
        await listener.HearsEventAsync("expired");
        await listener.EndsAsync();
        var later = await Api.HearAsync(pipe.Stream, "last=0");
        await PostAsync(pipe.Stream, "more");
        await later.HearsAsync("stranger", "more");
    }

    private async Task<PipeAnswer> BeginAsync(int ttl = 1024)
    {
        var json = (await Api.PostAsync("/pipes", ("ttl", $"{ttl}"))).Created();
        var seats = json.GetProperty("seats");
        return new PipeAnswer(json, json.GetProperty("stream").GetString()!, seats[0].GetString()!, seats[1].GetString()!);
    }

    private async Task AssertForbiddenAsync(string stream, string seat)
    {
        foreach (var path in new[] { "/messages", "/presence", "/events", "/ice" })
            Refused(await Api.GetAsync($"{path}?stream={stream}{seat}"), HttpStatusCode.Forbidden, "seat");
        Refused(await Api.PostAsync($"/messages?stream={stream}&message=a{seat}"), HttpStatusCode.Forbidden, "seat");
        Refused(await Api.PostAsync($"/messages?stream={stream}&message=/malten%20a{seat}"), HttpStatusCode.Forbidden, "seat");
        Refused(await Api.PostAsync($"/commands?stream={stream}&prompt=a{seat}"), HttpStatusCode.Forbidden, "seat");
    }

    private sealed record PipeAnswer(JsonElement Json, string Stream, string First, string Second);
}
