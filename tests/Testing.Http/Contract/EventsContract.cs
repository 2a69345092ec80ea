using System.Net;
using System.Net.ServerSentEvents;
using System.Text;
using System.Text.Json;

namespace Malten.Testing.Contract;

/// <summary>API.md, "GET /events": what is sent, and how.</summary>
public abstract class EventsContract<THost> : ContractTests<THost> where THost : IContractHost<THost>
{
    private const string Encrypted = "enc2.";

    [Fact]
    public async Task Headers_and_a_first_comment_go_out_at_once()
    {
        var raw = await Api.ConnectAsync();
        await raw.WriteAsync($"GET /events?stream={NewName()} HTTP/1.1\r\nHost: localhost\r\n\r\n");
        var head = await raw.ReadToAsync("\r\n\r\n"); // nobody posts: whatever comes, comes at once
        Assert.StartsWith("HTTP/1.1 200 OK\r\n", head, StringComparison.Ordinal);
        Assert.Contains("Content-Type: text/event-stream\r\n", head, StringComparison.Ordinal);
        Assert.Contains("Cache-Control: no-store\r\n", head, StringComparison.Ordinal);
        Assert.Contains("X-Accel-Buffering: no\r\n", head, StringComparison.Ordinal); // nginx holds back what it may
        Assert.DoesNotContain("Content-Length", head, StringComparison.Ordinal);
        await raw.ReadToAsync("\r\n"); // the length of the first chunk
        Assert.StartsWith(":", await raw.ReadToAsync("\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_is_an_id_and_a_line_of_data()
    {
        var stream = NewName();
        var raw = await RawEventsAsync($"stream={stream}");
        await raw.ReadToAsync("\"open\"");
        var posted = (await Api.PostAsync("/messages", ("stream", stream), ("message", "a\nid: 1\ndata: b\r\n"), ("user", "å"))).Ok();
        await raw.ReadToAsync("id: ");
        var created = posted.GetProperty("Created").GetInt64();
        Assert.Equal($$"""
            {{created}}
            data: {"Id":"{{posted.GetProperty("Id").GetString()}}","Type":"message","Created":{{created}},"Payload":{{posted.GetRawText()}}}


            """, await raw.ReadToAsync("\n\n"), ignoreLineEndingDifferences: false);
    }

    [Fact]
    public async Task A_comment_comes_every_15_seconds()
    {
        var stream = NewName();
        var raw = await RawEventsAsync($"stream={stream}");
        await raw.ReadToAsync("presence");
        for (var i = 0; i < 3; i++)
        {
            await PassAsync(14.9);
            await PostAsync(stream, $"before {i}");
            Assert.DoesNotContain("\n:", await raw.ReadToAsync($"before {i}"), StringComparison.Ordinal);
            await PassAsync(0.1);
            await raw.ReadToAsync("\n:");
        }
    }

    [Fact]
    public async Task Retry_is_sent_once()
    {
        var stream = NewName();
        var raw = await RawEventsAsync($"stream={stream}");
        await raw.ReadToAsync("\nretry: ");
        Assert.InRange(int.Parse(await raw.ReadToAsync("\n"), null), 1, 60_000);
        for (var i = 0; i < 3; i++)
        {
            if (Host.Time is not null) await PassAsync(15);
            await PostAsync(stream, "a", "b");
        }

        await PostAsync(stream, "end");
        Assert.DoesNotContain("\nretry", await raw.ReadToAsync("end"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task There_is_no_event_field_and_only_messages_carry_an_id()
    {
        var (stream, raw, sent) = await SetAsync(1, async () =>
        {
            var stream = NewName();
            (await Api.PostAsync("/streams", ("stream", stream), ("ttl", "1"))).Created();
            var raw = await RawEventsAsync($"stream={stream}&user=ann&last=1");
            var sent = await raw.ReadToAsync("\"open\"");
            await PostAsync(stream, "a", "/malten b");
            return (stream, raw, sent + await raw.ReadToAsync("\"command\""));
        });
        await PassAsync(1.5);
        await PostAsync(stream, "end");
        sent += await raw.ReadToAsync("\"end\"") + await raw.ReadToAsync("\n\n");
        var events = sent[sent.IndexOf("\r\n\r\n", StringComparison.Ordinal)..].Split("\n\n")
            .Where(one => one.Contains("data: ", StringComparison.Ordinal)).ToList();
        Assert.All(new[] { "open", "gap", "presence", "expired" },
            name => Assert.Contains(events, one => one.Contains($"\"Name\":\"{name}\"", StringComparison.Ordinal)));
        Assert.Contains(events, one => one.Contains("\"Type\":\"command\"", StringComparison.Ordinal));
        Assert.All(events, one =>
        {
            Assert.DoesNotContain(one.Split('\n'), line => line.StartsWith("event", StringComparison.Ordinal));
            var json = JsonElement.Parse(one[(one.IndexOf("data: ", StringComparison.Ordinal) + 6)..]);
            Assert.Equal(["Id", "Type", "Created", "Payload"], Names(json));
            Assert.Contains(json.GetProperty("Type").GetString(), new[] { "message", "event", "command" });
            var ids = one.Split('\n').Where(line => line.StartsWith("id", StringComparison.Ordinal));
            Assert.Equal(json.GetProperty("Type").GetString() == "message" ? [$"id: {json.GetProperty("Created")}"] : [], ids);
        });
    }

    [Fact]
    public async Task Open_comes_first_with_a_secret_and_what_is_heard()
    {
        var (one, other) = (NewName(), NewName());
        await PostAsync(one, "a");
        var first = await Api.ListenAsync($"stream={one}&stream={other}&last=0"); // ListenAsync asserts that it is first
        var second = await Api.ListenAsync($"stream={one}");
        Assert.Equal(["Listener", "Lives", "Name", "Session", "Streams"], Names(first.Opened.Payload).Order());
        Assert.Equal([one, other], first.Opened.Payload.GetProperty("Streams").EnumerateArray().Select(stream => stream.GetString()));
        Assert.NotEqual(first.Session, second.Session);
        Assert.Matches("^[A-Za-z0-9_-]{22,}$", first.Session);
        Assert.Null(first.Opened.Id);
        Assert.Equal("message", first.Opened.Event);
        Assert.Matches("^[A-Za-z0-9_-]{22,}$", first.Handle);
        Assert.NotEqual(first.Handle, second.Handle);
        var life = Assert.Single(first.Opened.Payload.GetProperty("Lives").EnumerateArray());
        Assert.Equal(["Stream", "Ttl", "Keep", "Ends"], Names(life));
        Assert.Equal((one, 1024, 1024), (life.GetProperty("Stream").GetString(), life.GetProperty("Ttl").GetInt32(), life.GetProperty("Keep").GetInt32()));
        Assert.InRange(life.GetProperty("Ends").GetInt64() - first.Opened.Created, 1_000_000_000_000, 1_024_000_000_000);
    }

    [Fact]
    public async Task Without_last_only_what_comes_from_now_on()
    {
        var stream = NewName();
        await PostAsync(stream, "before");
        var listener = await Api.HearAsync(stream);
        await PostAsync(stream, "after");
        await listener.HearsAsync("after");
    }

    [Fact]
    public async Task One_connection_hears_several_streams()
    {
        var streams = Enumerable.Range(0, 32).Select(_ => NewName()).ToArray();
        var query = string.Join('&', streams.Select(stream => $"stream={stream}"));
        var listener = await Api.ListenAsync(query);
        foreach (var stream in streams.Reverse())
        {
            await PostAsync(stream, stream);
            var heard = await listener.NextAsync();
            Assert.Equal((stream, stream), (heard.Stream, heard.Text));
            Assert.Equal(32, heard.Id!.Split(',').Length);
        }

        Refused(await Api.GetAsync($"/events?{query}&stream={NewName()}"), HttpStatusCode.BadRequest, "stream");
    }

    [Fact]
    public async Task For_several_streams_the_id_is_one_timestamp_each_in_their_order()
    {
        var (a, b) = (NewName(), NewName());
        var before = (await PostAsync(a, "a0"))[0];
        var listener = await Api.ListenAsync($"stream={b}&stream={a}");
        var newest = new Dictionary<string, long> { [a] = before, [b] = 0 };
        foreach (var (stream, text) in new[] { (b, "b1"), (b, "b2"), (a, "a1"), (b, "b3") })
        {
            newest[stream] = (await PostAsync(stream, text))[0];
            Assert.Equal($"{newest[b]},{newest[a]}", (await listener.NextAsync()).Id);
        }
    }

    [Fact]
    public async Task Every_listener_sees_one_order()
    {
        var stream = NewName();
        var listeners = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Api.HearAsync(stream)));
        await Task.WhenAll(Enumerable.Range(0, 6).Select(poster => PostManyAsync(stream, 30, poster * 100)));
        var order = await ReadAsync(stream);
        Assert.Equal(180, order.Length);
        foreach (var listener in listeners) await listener.HearsAsync(order);
    }

    [Fact]
    public async Task A_busy_stream_does_not_keep_others_on_the_connection_waiting()
    {
        var (busy, quiet) = (NewName(), NewName());
        await FillAsync(busy, 100);
        await PostAsync(quiet, "quiet");
        var listener = await Api.ListenAsync($"stream={busy}&stream={quiet}&last=0");
        var turn = 0;
        while ((await listener.NextAsync()).Stream != quiet) turn++;
        Assert.InRange(turn, 0, 50);
    }

    [Fact]
    public async Task A_reader_that_is_overtaken_skips_ahead_with_a_gap()
    {
        var stream = NewName();
        await FillAsync(stream, 1024);
        var slow = await Api.ConnectAsync(receiveBuffer: 4096);
        await slow.GetAsync($"/events?stream={stream}&last=0");
        await slow.ReadToAsync("id: "); // under way; more than connections hold is still to come, and nobody takes it
        var everywhere = new List<Listener>(); // what only one node has told may be on its way to the slow reader's
        foreach (var _ in Host.Addresses) everywhere.Add(await Api.HearAsync(stream));
        var taken = "";
        for (var first = 1; first <= 1100; first += 100)
        {
            await PostManyAsync(stream, 100, first);
            taken += await slow.ReadAsync(64 * 1024); // whoever takes nothing for 30 s is disconnected, however slow this machine is
        }

        string[] all = [.. Enumerable.Range(1, 1100).Select(number => $"{number}")];
        foreach (var quick in everywhere) await quick.HearsAsync(all); // never waits for the slow one

        var heard = Parse("id: " + taken + await slow.ReadToAsync("\"Text\":\"1100\"") + await slow.ReadToAsync("\n\n"));
        var gap = heard.FindIndex(one => one.Name == "gap");
        Assert.Equal(stream, heard[gap].Stream);
        Assert.Null(heard[gap].Id);
        Assert.All(heard[..gap], one => Assert.StartsWith(Encrypted, one.Text, StringComparison.Ordinal));
        Assert.InRange(gap, 1, 1023);
        // Connections may have taken a little more meanwhile: then there is another gap. After the last there is none.
        var last = heard[(heard.FindLastIndex(one => one.Name == "gap") + 1)..].ConvertAll(one => one.Text!);
        var numbers = last.Where(text => !text.StartsWith(Encrypted, StringComparison.Ordinal)).ToList();
        Assert.InRange(last.Count, 1024, 1100 + 1023);
        Assert.Equal(all.TakeLast(numbers.Count), last.TakeLast(numbers.Count));
        Assert.True(numbers.Count == all.Length || numbers.Count == last.Count);
    }

    [Fact]
    public async Task A_reader_that_takes_nothing_for_30_seconds_is_disconnected()
    {
        Assert.SkipWhen(Host.Time is null, "Needs a clock that can be moved.");
        var stream = NewName();
        (await Api.PostAsync("/streams", ("stream", stream), ("ttl", "86400"))).Created();
        await FillAsync(stream, 1024);
        var stalled = await Api.ConnectAsync(receiveBuffer: 4096);
        await stalled.GetAsync($"/events?stream={stream}&last=0");
        await stalled.ReadToAsync("id: ");
        var other = await Api.HearAsync(stream);
        for (var seconds = 0; seconds < 28; seconds += 4)
        {
            await PassAsync(4);
            await PostAsync(stream, $"{seconds}");
            await other.HearsAsync($"{seconds}"); // others go on
        }

        Assert.Equal(2, await ObserversAsync(stream));
        var longer = 0;
        await EventuallyAsync(async () =>
        {
            if (longer++ < 40) await PassAsync(1);
            return await ObserversAsync(stream) == 1;
        });
        await PostAsync(stream, "end");
        await other.HearsAsync("end");
        Assert.DoesNotContain("\"end\"", await stalled.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reader_of_a_page_that_takes_nothing_for_30_seconds_is_disconnected()
    {
        Assert.SkipWhen(Host.Time is null, "Needs a clock that can be moved.");
        var stream = NewName();
        await FillAsync(stream, 1024);
        var stalled = await Api.ConnectAsync(receiveBuffer: 4096);
        await stalled.GetAsync($"/messages?stream={stream}&limit=1024");
        await stalled.ReadToAsync("\r\n\r\n");
        for (var seconds = 0; seconds < 60; seconds++)
        {
            Assert.Equal(25, (await Api.GetAsync($"/messages?stream={stream}")).Ok().GetArrayLength()); // others go on
            await PassAsync(1);
        }

        Assert.Equal(1024, (await Api.GetAsync($"/messages?stream={stream}&limit=1024")).Ok().GetArrayLength());

        Assert.InRange((await stalled.ReadToEndAsync()).Length, 1, 1024 * 6000); // not the whole page
    }

    [Fact]
    public async Task A_reader_that_takes_a_long_page_slowly_gets_all_of_it()
    {
        Assert.SkipWhen(Host.Time is null, "Needs a clock that can be moved.");
        var stream = NewName();
        await FillAsync(stream, 1024, string.Concat(Enumerable.Repeat("😀", 1024))); // 12.5 MB, as JSON
        var slow = await Api.ConnectAsync(receiveBuffer: 4096);
        await slow.GetAsync($"/messages?stream={stream}&limit=1024");
        await slow.ReadToAsync("\r\n\r\n");
        var page = new StringBuilder();
        for (var part = 0; part < 3; part++)
        {
            await PassAsync(28);
            if (part < 2) page.Append(await slow.ReadAsync(4_500_000)); // more than sockets buffer (4 MiB), so the server goes on
        }

        page.Append(await slow.ReadToEndAsync());
        using var read = JsonDocument.Parse(page.ToString());
        Assert.Equal(1024, read.RootElement.GetArrayLength());
    }

    [Fact]
    public async Task A_reader_of_a_page_whose_rest_is_gone_sees_that_it_is_not_whole()
    {
        var stream = NewName();
        await FillAsync(stream, 1024);
        var slow = await Api.ConnectAsync(receiveBuffer: 4096);
        await slow.GetAsync($"/messages?stream={stream}&limit=1024");
        await slow.ReadToAsync("\r\n\r\n");
        await FillAsync(stream, 1024);
        var page = await slow.ReadToEndAsync();
        Assert.StartsWith("[{", page, StringComparison.Ordinal);
        Assert.False(page.EndsWith(']'));
    }

    [Fact]
    public async Task A_reader_with_nothing_to_hear_is_not_disconnected()
    {
        var stream = NewName();
        var listener = await Api.HearAsync(stream);
        if (Host.Time is not null)
            for (var i = 0; i < 20; i++)
                await PassAsync(14);
        await PostAsync(stream, "a");
        await listener.HearsAsync("a");
    }

    private async Task<RawConnection> RawEventsAsync(string query)
    {
        var raw = await Api.ConnectAsync();
        await raw.GetAsync($"/events?{query}");
        return raw;
    }

    private async Task<int> ObserversAsync(string stream) =>
        (await Api.GetAsync($"/presence?stream={stream}")).Ok().GetProperty("Observers").GetInt32();

    /// <summary>Posts the longest messages there are: 1024 of them are more than sockets hold.</summary>
    private async Task FillAsync(string stream, int count, string? text = null)
    {
        text ??= Encrypted + new string('A', 6139);
        await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (_, _) =>
            (await Api.PostAsync("/messages", ("stream", stream), ("message", text))).Ok());
    }

    private static List<Heard> Parse(string events) =>
        [.. SseParser.Create(new MemoryStream(Encoding.UTF8.GetBytes(events))).Enumerate()
            .Select(item => new Heard(item.EventType, item.EventId, JsonElement.Parse(item.Data)))
            .Where(heard => heard.Name != "presence")];
}
