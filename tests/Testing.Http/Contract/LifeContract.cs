using System.Net;

namespace Malten.Testing.Contract;

/// <summary>API.md, "Life of a stream". Mostly by a clock that is moved.</summary>
public abstract class LifeContract<THost> : ContractTests<THost> where THost : IContractHost<THost>
{
    [Theory]
    [InlineData(1)]
    [InlineData(60)]
    [InlineData(1024)]
    [InlineData(86_400)]
    public async Task A_stream_ends_when_nothing_was_posted_for_its_ttl(int ttl)
    {
        var (stream, listener) = await SetAsync(ttl, async () =>
        {
            var stream = await BeginAsync(ttl);
            await PostAsync(stream, "a");
            return (stream, await Api.HearAsync(stream));
        });
        if (Host.Time is not null)
        {
            await PassAsync(ttl - 0.01);
            Assert.Equal(["a"], await ReadAsync(stream));
            await PostAsync(stream, "b"); // a message prolongs it
            await listener.HearsAsync("b");
            await PassAsync(ttl - 0.01);
            Assert.Equal(["a", "b"], await ReadAsync(stream));
            Assert.Equal([stream], Names(await ListAsync(stream, hasPassed: true)));
            await PassAsync(0.5);
        }
        else
        {
            await PassAsync(ttl + 1);
        }

        await listener.HearsEventAsync("expired");
        Assert.Empty(await ReadAsync(stream));
        Assert.Empty(Names(await ListAsync(stream)));
        (await Api.PostAsync("/streams", ("stream", stream))).Created();
    }

    [Fact]
    public async Task A_stream_that_is_begun_and_never_used_ends_too()
    {
        var stream = NewName();
        (await Api.PostAsync("/streams", ("stream", stream), ("ttl", "1"))).Created();
        await PassAsync(1.5);
        Assert.Empty(Names(await ListAsync(stream)));
        (await Api.PostAsync("/streams", ("stream", stream))).Created();
    }

    [Fact]
    public async Task Without_ttl_a_stream_lives_1024_seconds()
    {
        var (begun, posted) = (NewName(), NewName());
        (await Api.PostAsync("/streams", ("stream", begun))).Created();
        await PostAsync(posted, "a");
        await PassAsync(1023.9);
        Assert.Equal([begun], Names(await ListAsync(begun, hasPassed: true)));
        Assert.Equal(["a"], await ReadAsync(posted));
        await PassAsync(0.2);
        Assert.Empty(Names(await ListAsync(begun)));
        Assert.Empty(await ReadAsync(posted));
    }

    [Fact]
    public async Task Reading_and_listening_do_not_keep_a_stream_alive()
    {
        var stream = await SetAsync(3, async () =>
        {
            var stream = await BeginAsync(3);
            var id = Guid.NewGuid().ToString();
            (await Api.PostAsync("/messages", ("stream", stream), ("message", "a"), ("id", id))).Ok();
            for (var i = 0; i < 3; i++)
            {
                Assert.Equal(["a"], await ReadAsync(stream));
                await PassAsync(0.5);
                await Api.HearAsync(stream, "last=0");
                (await Api.GetAsync($"/presence?stream={stream}")).Ok();
                (await Api.PostAsync("/commands", ("stream", stream), ("prompt", "x"))).Ok();
                (await Api.PostAsync("/messages", ("stream", stream), ("message", "a"), ("id", id))).Ok(); // stored once: no new message
            }

            return stream;
        });
        await PassAsync(1.7);
        Assert.Empty(await ReadAsync(stream));
    }

    [Fact]
    public async Task A_stream_holds_the_newest_1024_messages()
    {
        var stream = NewName();
        await PostManyAsync(stream, 1026);
        var held = await ReadAsync(stream);
        Assert.Equal(Enumerable.Range(3, 1024).Select(number => $"{number}"), held);
    }

    [Fact]
    public async Task Only_a_stream_that_was_begun_without_private_is_listed()
    {
        var prefix = NewName();
        (await Api.PostAsync("/streams", ("stream", prefix + "public"))).Created();
        (await Api.PostAsync("/streams", ("stream", prefix + "private"), ("private", "true"))).Created();
        await PostAsync(prefix + "public", "a");
        await PostAsync(prefix + "private", "a");
        await PostAsync(prefix + "message", "a");
        await Api.HearAsync(prefix + "heard");
        (await Api.PostAsync("/commands", ("stream", prefix + "asked"), ("prompt", "x"))).Ok();
        Assert.Equal([prefix + "public"], Names(await ListAsync(prefix)));
    }

    [Theory]
    [InlineData("true")]
    [InlineData("false")]
    public async Task A_name_that_has_expired_never_turns_public_by_itself(string isPrivate)
    {
        var stream = NewName();
        (await Api.PostAsync("/streams", ("stream", stream), ("private", isPrivate), ("ttl", "1"))).Created();
        await PassAsync(1.5);
        await PostAsync(stream, "a");
        Assert.Empty(Names(await ListAsync(stream)));
        Assert.Equal(["a"], await ReadAsync(stream));
    }

    [Fact]
    public async Task Underscore_is_always_public()
    {
        await PostAsync("_", "a");
        Assert.Contains("_", Names(await ListAsync("")));
        if (Host.Time is null) return;
        await PassAsync(1025);
        Refused(await Api.PostAsync("/streams", ("stream", "_"), ("private", "true")), HttpStatusCode.BadRequest, "private");
        (await Api.PostAsync("/streams", ("stream", "_"))).Created();
        Assert.Contains("_", Names(await ListAsync("")));
    }

    [Fact]
    public async Task Listeners_stay_connected_and_hear_a_later_stream_of_that_name()
    {
        var (stream, listener) = await SetAsync(1, async () =>
        {
            var stream = await BeginAsync(1);
            var listener = await Api.HearAsync(stream);
            await PostAsync(stream, "old");
            await listener.HearsAsync("old");
            return (stream, listener);
        });
        await PassAsync(1.5);
        await PostAsync(stream, "new");
        var expired = await listener.HearsEventAsync("expired");
        Assert.Equal(stream, expired.Stream);
        Assert.Null(expired.Id);
        await listener.HearsAsync("new");
        Assert.Equal(["new"], await ReadAsync(stream));
    }

    [Fact]
    public async Task A_listener_of_a_name_that_is_not_in_use_hears_its_beginning()
    {
        var stream = NewName();
        var listener = await Api.HearAsync(stream);
        await PostAsync(stream, "a");
        await listener.HearsAsync("a");
    }

    [Fact]
    public async Task A_later_stream_of_a_name_has_its_own_ttl_and_timestamps_go_on()
    {
        var (stream, listener, old) = await SetAsync(1, async () =>
        {
            var stream = await BeginAsync(1);
            var listener = await Api.HearAsync(stream);
            var old = (await PostAsync(stream, "a"))[0];
            await listener.HearsAsync("a");
            return (stream, listener, old);
        });
        await PassAsync(1.5);
        (await Api.PostAsync("/streams", ("stream", stream), ("ttl", "500"))).Created();
        Assert.True((await PostAsync(stream, "b"))[0] > old);
        await listener.HearsEventAsync("expired");
        await listener.HearsAsync("b");
        if (Host.Time is not null) await PassAsync(499);
        Assert.Equal(["b"], await ReadAsync(stream));
    }

    private async Task<string> BeginAsync(int ttl)
    {
        var stream = NewName();
        (await Api.PostAsync("/streams", ("stream", stream), ("ttl", $"{ttl}"))).Created();
        return stream;
    }
}
