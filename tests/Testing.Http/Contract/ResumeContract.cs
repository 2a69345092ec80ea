using System.Net;

namespace Malten.Testing.Contract;

/// <summary>API.md, "GET /events": what a listener that comes back hears.</summary>
public abstract class ResumeContract<THost> : ContractTests<THost> where THost : IContractHost<THost>
{
    [Fact]
    public async Task With_the_header_what_is_held_after_it_comes_first()
    {
        var stream = NewName();
        var posted = await PostAsync(stream, "1", "2", "3");
        var listener = await Api.HearAsync(stream, lastEventId: $"{posted[0]}");
        await PostAsync(stream, "4");
        await listener.HearsAsync("2", "3", "4");
    }

    [Fact]
    public async Task With_the_parameter_too()
    {
        var stream = NewName();
        var posted = await PostAsync(stream, "1", "2", "3");
        var listener = await Api.HearAsync(stream, $"last={posted[1]}");
        await PostAsync(stream, "4");
        await listener.HearsAsync("3", "4");
    }

    [Fact]
    public async Task The_header_goes_before_the_parameter()
    {
        var stream = NewName();
        var posted = await PostAsync(stream, "1", "2", "3");
        var listener = await Api.HearAsync(stream, $"last={posted[0]}", $"{posted[1]}");
        await PostAsync(stream, "4");
        await listener.HearsAsync("3", "4");
    }

    [Fact]
    public async Task An_empty_header_is_none()
    {
        var stream = NewName();
        await PostAsync(stream, "1");
        var listener = await Api.HearAsync(stream, lastEventId: "");
        await PostAsync(stream, "2");
        await listener.HearsAsync("2");
    }

    [Theory]
    [InlineData("x")]
    [InlineData("-1")]
    [InlineData("1,2")]
    [InlineData("9223372036854775808")]
    public async Task A_header_that_is_no_cursor_is_refused(string header)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, $"/events?stream={NewName()}");
        request.Headers.Add("Last-Event-ID", header);
        Assert.Equal(HttpStatusCode.BadRequest, (await Api.SendAsync(request)).Status);
    }

    [Fact]
    public async Task After_the_newest_nothing_is_repeated_and_there_is_no_gap()
    {
        var stream = NewName();
        var posted = await PostAsync(stream, "1", "2");
        var listener = await Api.HearAsync(stream, $"last={posted[1]}");
        await PostAsync(stream, "3");
        await listener.HearsAsync("3");
    }

    [Fact]
    public async Task From_zero_all_that_is_held_comes()
    {
        var stream = NewName();
        var listener = await Api.HearAsync(stream, "last=0");
        await PostAsync(stream, "1", "2");
        await listener.HearsAsync("1", "2");
        await (await Api.HearAsync(stream, "last=0")).HearsAsync("1", "2");
    }

    [Fact]
    public async Task Coming_back_again_and_again_there_is_no_hole_and_no_repeat()
    {
        var stream = NewName();
        var last = $"{(await PostAsync(stream, "0"))[0]}";
        for (var i = 1; i <= 10; i++)
        {
            await PostAsync(stream, $"{i} while away");
            var listener = await Api.HearAsync(stream, lastEventId: last);
            await PostAsync(stream, $"{i} while there");
            await listener.HearsAsync($"{i} while away", $"{i} while there");
            last = listener.LastId!;
            await listener.DisposeAsync();
        }
    }

    [Fact]
    public async Task Several_streams_each_go_on_from_their_own_timestamp()
    {
        var (a, b) = (NewName(), NewName());
        var (ofA, ofB) = (await PostAsync(a, "a1", "a2", "a3"), await PostAsync(b, "b1", "b2", "b3"));
        var query = $"stream={a}&stream={b}";
        foreach (var listener in new[]
        {
            await Api.ListenAsync(query, $"{ofA[1]},{ofB[0]}"), await Api.ListenAsync($"{query}&last={ofA[1]},{ofB[0]}"),
        })
        {
            var heard = new[] { await listener.NextAsync(), await listener.NextAsync(), await listener.NextAsync() };
            Assert.Equal(["a3", "b2", "b3"], heard.Select(one => one.Text).Order());
            Assert.Equal($"{ofA[2]},{ofB[2]}", listener.LastId);
        }
    }

    [Fact]
    public async Task A_cursor_of_several_streams_leads_back_without_hole_or_repeat()
    {
        var (a, b) = (NewName(), NewName());
        var query = $"stream={a}&stream={b}";
        var listener = await Api.ListenAsync(query);
        await PostAsync(a, "a1");
        await PostAsync(b, "b1");
        await listener.NextAsync();
        await listener.NextAsync();
        await listener.DisposeAsync();
        await PostAsync(a, "a2");
        await PostAsync(b, "b2");
        var back = await Api.ListenAsync(query, listener.LastId);
        Assert.Equal(["a2", "b2"], new[] { (await back.NextAsync()).Text, (await back.NextAsync()).Text }.Order());
        await PostAsync(a, "a3");
        await back.HearsAsync("a3");
    }

    [Fact]
    public async Task A_single_timestamp_stands_for_each_of_several_streams()
    {
        var (a, b) = (NewName(), NewName());
        var divide = (await PostAsync(a, "a1"))[0];
        await PassAsync(0.01);
        await PostAsync(b, "b1");
        await PostAsync(a, "a2");
        var listener = await Api.ListenAsync($"stream={a}&stream={b}&last={divide}");
        var heard = new List<string>();
        while (heard.Count < 2)
            if (await listener.NextAsync() is { Type: "message" } message) // b began after it: that is a gap
                heard.Add(message.Text);
        Assert.Equal(["a2", "b1"], heard.Order());
        Assert.Equal(2, listener.LastId!.Split(',').Length);
    }

    [Fact]
    public async Task A_zero_in_a_cursor_is_a_stream_of_which_nothing_was_heard()
    {
        var (a, b) = (NewName(), NewName());
        var query = $"stream={a}&stream={b}";
        var listener = await Api.ListenAsync(query);
        var posted = (await PostAsync(a, "a1"))[0];
        Assert.Equal($"{posted},0", (await listener.NextAsync()).Id);
        await listener.DisposeAsync();
        await PostAsync(b, "b1");
        await (await Api.ListenAsync(query, $"{posted},0")).HearsAsync("b1");
    }

    [Fact]
    public async Task Where_something_was_evicted_a_gap_comes_first()
    {
        var stream = NewName();
        var posted = await PostManyAsync(stream, 1030); // 1 to 6 are gone
        foreach (var last in new[] { posted[0], posted[4], 0 })
        {
            var listener = await Api.HearAsync(stream, $"last={last}");
            var gap = await listener.HearsEventAsync("gap");
            Assert.Equal(stream, gap.Stream);
            Assert.Equal(["Name", "Stream"], Names(gap.Payload));
            await listener.HearsAsync([.. Enumerable.Range(7, 1024).Select(number => $"{number}")]);
        }

        await (await Api.HearAsync(stream, $"last={posted[5]}")).HearsAsync("7", "8"); // missed nothing
    }

    [Fact]
    public async Task Where_the_stream_expired_a_gap_comes_first()
    {
        var (stream, old) = await SetAsync(1, async () =>
        {
            var stream = NewName();
            (await Api.PostAsync("/streams", ("stream", stream), ("ttl", "1"))).Created();
            return (stream, await PostAsync(stream, "1", "2"));
        });
        await PassAsync(1.5);
        var ended = await Api.HearAsync(stream, $"last={old[0]}");
        await ended.HearsEventAsync("gap");
        await PostAsync(stream, "3", "4");
        await ended.HearsAsync("3", "4");
        var later = await Api.HearAsync(stream, $"last={old[0]}");
        await later.HearsEventAsync("gap");
        await later.HearsAsync("3", "4");
    }

    [Fact]
    public async Task After_something_newer_than_all_held_a_gap_comes_and_all_that_is_held()
    {
        var stream = NewName();
        var posted = await PostAsync(stream, "1", "2");
        foreach (var last in new[] { posted[1] + 1, posted[1] + 1024, long.MaxValue })
        {
            var listener = await Api.HearAsync(stream, $"last={last}");
            Assert.Equal(stream, (await listener.HearsEventAsync("gap")).Stream);
            await listener.HearsAsync("1", "2");
            await listener.DisposeAsync();
        }
    }

    [Fact]
    public async Task After_anything_of_a_stream_that_is_not_in_use_a_gap_comes()
    {
        var stream = NewName();
        var listener = await Api.HearAsync(stream, "last=1795219513081506816");
        await listener.HearsEventAsync("gap");
        await PostAsync(stream, "1");
        await listener.HearsAsync("1");
    }

    [Fact]
    public async Task A_gap_names_the_stream_that_has_it()
    {
        var (whole, torn) = (NewName(), NewName());
        var (ofWhole, ofTorn) = (await PostManyAsync(whole, 3), await PostManyAsync(torn, 1026));
        var listener = await Api.ListenAsync($"stream={whole}&stream={torn}&last={ofWhole[0]},{ofTorn[0]}");
        var heard = new List<Heard>();
        while (heard.Count < 2 + 1 + 1024) heard.Add(await listener.NextAsync());
        Assert.Equal(["2", "3"], heard.Where(one => one.Stream == whole).Select(one => one.Text));
        var ofTornHeard = heard.Where(one => one.Stream == torn).ToList();
        Assert.Equal("gap", ofTornHeard[0].Name);
        Assert.Equal(Enumerable.Range(3, 1024).Select(number => $"{number}"), ofTornHeard[1..].Select(one => one.Text));
    }

    [Fact]
    public async Task Events_that_are_no_messages_are_not_repeated()
    {
        var stream = NewName();
        var posted = await PostAsync(stream, "1");
        (await Api.PostAsync("/commands", ("stream", stream), ("prompt", "x"))).Ok();
        var listener = await Api.HearAsync(stream, $"last={posted[0]}");
        await PostAsync(stream, "2");
        await listener.HearsAsync("2");
    }
}
