using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Malten.Testing.Contract;

/// <summary>API.md, "POST /bytes, GET /bytes". Requests go to the nodes in turn, so both ends are on different ones, if there are several.</summary>
public abstract class BytesContract<THost> : ContractTests<THost> where THost : IContractHost<THost>
{
    private const int Kernel = 8 * 1024 * 1024; // the sockets of both connections may hold so much, for which no node can do anything

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task What_one_seat_sends_the_other_receives_and_headers_come_at_once()
    {
        var pipe = await BeginAsync();
        foreach (var (from, to) in new[] { (pipe.First, pipe.Second), (pipe.Second, pipe.First) })
            foreach (var length in new[] { 0, 1, 70_000, 400_000 })
            {
                using var response = await Api.OpenAsync($"/bytes?stream={pipe.Stream}&seat={to}"); // returns with the headers
                Assert.Equal((HttpStatusCode.OK, "application/octet-stream"), (response.StatusCode, response.Content.Headers.ContentType?.MediaType));
                var received = response.Content.ReadAsByteArrayAsync(); // or the sender would wait
                var bytes = Bytes(length);
                var sent = await Api.PostAsync($"/bytes?stream={pipe.Stream}&seat={from}", bytes, null);
                Assert.Equal(length, sent.Ok().GetProperty("Taken").GetInt64());
                Assert.Equal(["Taken"], Names(sent.Json()));
                Assert.Equal(bytes, await received.WaitAsync(Patience));
            }
    }

    [Fact]
    public async Task Bodies_in_chunks_and_of_any_type_pass_and_parameters_in_them_count_for_nothing()
    {
        var pipe = await BeginAsync();
        foreach (var type in new[] { "application/x-www-form-urlencoded", "application/json", "text/plain" })
        {
            var body = Encoding.UTF8.GetBytes("channel=3&seat=x&{\"more\":true}");
            using var response = await Api.OpenAsync($"/bytes?stream={pipe.Stream}&seat={pipe.Second}");
            using var content = new StreamContent(new UnknownLength(body));
            content.Headers.TryAddWithoutValidation("Content-Type", type);
            var sent = Api.SendAsync(new HttpRequestMessage(HttpMethod.Post, $"/bytes?stream={pipe.Stream}&seat={pipe.First}") { Content = content });
            Assert.Equal(body, await response.Content.ReadAsByteArrayAsync().WaitAsync(Patience));
            Assert.Equal(body.Length, (await sent).Ok().GetProperty("Taken").GetInt64());
        }
    }

    [Fact]
    public async Task With_more_the_channel_stays_open_for_the_next_body()
    {
        var pipe = await BeginAsync();
        using var response = await Api.OpenAsync($"/bytes?stream={pipe.Stream}&seat={pipe.Second}&channel=15");
        var received = response.Content.ReadAsByteArrayAsync();
        var bytes = Bytes(50_000);
        foreach (var (index, piece) in bytes.Chunk(10_000).Index())
        {
            Assert.False(received.IsCompleted);
            (await Api.PostAsync($"/bytes?stream={pipe.Stream}&seat={pipe.First}&channel=15&more={(index < 4 ? "true" : "false")}", piece, null)).Ok();
        }

        Assert.Equal(bytes, await received.WaitAsync(Patience));
    }

    [Theory]
    [InlineData("channel=16", "channel")]
    [InlineData("channel=-1", "channel")]
    [InlineData("channel=x", "channel")]
    [InlineData("more=perhaps", "more")]
    [InlineData("channel=1&channel=2", "channel")]
    [InlineData("stream=a/b", "stream")]
    public async Task Bad_values_are_refused(string query, string param)
    {
        var pipe = await BeginAsync();
        var address = param == "stream" ? "" : $"&stream={pipe.Stream}&seat={pipe.First}";
        Refused(await Api.PostAsync($"/bytes?{query}{address}", "x", null), HttpStatusCode.BadRequest, param);
        if (param != "more") Refused(await Api.GetAsync($"/bytes?{query}{address}"), HttpStatusCode.BadRequest, param);
    }

    [Fact]
    public async Task Without_a_seat_of_the_pipe_it_is_403()
    {
        var (pipe, other, open) = (await BeginAsync(), await BeginAsync(), NewName());
        await PostAsync(open, "a");
        foreach (var query in new[]
        {
            $"stream={pipe.Stream}", $"stream={pipe.Stream}&seat=x", $"stream={pipe.Stream}&seat={other.First}",
            $"stream={open}", $"stream={open}&seat={pipe.First}",
            $"stream={NewName()}", "",
        })
        {
            Refused(await Api.GetAsync($"/bytes?{query}"), HttpStatusCode.Forbidden, "seat");
            Refused(await Api.PostAsync($"/bytes?{query}", Bytes(300_000), null), HttpStatusCode.Forbidden, "seat");
        }
    }

    [Fact]
    public async Task When_nobody_receives_within_30_seconds_it_is_404()
    {
        Assert.SkipWhen(Host.Time is null, "Needs a clock that can be moved.");
        var pipe = await BeginAsync();
        var sent = Api.PostAsync($"/bytes?stream={pipe.Stream}&seat={pipe.First}", Bytes(10_000), null);
        using var other = await Api.OpenAsync($"/bytes?stream={pipe.Stream}&seat={pipe.Second}&channel=1"); // receives something else
        var started = TimeProvider.System.GetTimestamp();
        for (var second = 0; !sent.IsCompleted; second++)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < Patience, "Nobody is refused.");
            if (second < 300) await PassAsync(1); // also where the request takes some seconds to get there
            await Task.WhenAny(sent, Task.Delay(20));
        }

        Refused(await sent, HttpStatusCode.NotFound, "channel");
    }

    [Fact]
    public async Task A_second_sender_gets_409_and_a_second_receiver_takes_the_place_of_the_first()
    {
        var pipe = await BeginAsync();
        using var first = await Api.OpenAsync($"/bytes?stream={pipe.Stream}&seat={pipe.Second}");
        await using var read = await first.Content.ReadAsStreamAsync();
        var sender = await Api.ConnectAsync();
        await sender.WriteAsync($"POST /bytes?stream={pipe.Stream}&seat={pipe.First} HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nabc");
        var three = new byte[3];
        await read.ReadExactlyAsync(three).AsTask().WaitAsync(Patience);
        Assert.Equal("abc"u8.ToArray(), three);
        Refused(await Api.PostAsync($"/bytes?stream={pipe.Stream}&seat={pipe.First}", "x", null), HttpStatusCode.Conflict, "channel");

        using var second = await Api.OpenAsync($"/bytes?stream={pipe.Stream}&seat={pipe.Second}");
        await Assert.ThrowsAnyAsync<IOException>(() => read.ReadAsync(three).AsTask().WaitAsync(Patience)); // no clean end
        var answer = await sender.ReadToAsync("\"taken\":3}");
        Assert.StartsWith("HTTP/1.1 410 ", answer, StringComparison.Ordinal);
        Assert.Contains("application/problem+json", answer, StringComparison.Ordinal);
        (await Api.PostAsync($"/bytes?stream={pipe.Stream}&seat={pipe.First}", "def", null)).Ok();
        Assert.Equal("def", await second.Content.ReadAsStringAsync().WaitAsync(Patience));
    }

    [Fact]
    public async Task When_the_sender_dies_the_answer_is_cut_off_and_not_ended()
    {
        var pipe = await BeginAsync();
        foreach (var framing in new[] { "Content-Length: 1000\r\n\r\nabc", "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n" })
        {
            using var response = await Api.OpenAsync($"/bytes?stream={pipe.Stream}&seat={pipe.Second}");
            await using var read = await response.Content.ReadAsStreamAsync();
            await using var sender = await Api.ConnectAsync();
            await sender.WriteAsync($"POST /bytes?stream={pipe.Stream}&seat={pipe.First} HTTP/1.1\r\nHost: a\r\n{framing}");
            var three = new byte[3];
            await read.ReadExactlyAsync(three).AsTask().WaitAsync(Patience);
            await sender.DisposeAsync();
            await Assert.ThrowsAnyAsync<IOException>(() => read.ReadAsync(three).AsTask().WaitAsync(Patience));
        }

        using var next = await Api.OpenAsync($"/bytes?stream={pipe.Stream}&seat={pipe.Second}"); // nothing of it is left
        (await Api.PostAsync($"/bytes?stream={pipe.Stream}&seat={pipe.First}", "def", null)).Ok();
        Assert.Equal("def", await next.Content.ReadAsStringAsync().WaitAsync(Patience));
    }

    [Fact]
    public async Task When_the_receiver_goes_the_sender_gets_410()
    {
        var pipe = await BeginAsync();
        var response = await Api.OpenAsync($"/bytes?stream={pipe.Stream}&seat={pipe.Second}");
        var sender = await Api.ConnectAsync();
        await sender.WriteAsync($"POST /bytes?stream={pipe.Stream}&seat={pipe.First} HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nabc");
        await (await response.Content.ReadAsStreamAsync()).ReadExactlyAsync(new byte[3]).AsTask().WaitAsync(Patience);
        response.Dispose();
        Assert.StartsWith("HTTP/1.1 410 ", await sender.ReadToAsync("\"taken\":3}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_receiver_that_stops_reading_stops_its_sender_and_nobody_else()
    {
        const int Length = 32 * 1024 * 1024;
        var pipe = await BeginAsync();
        var receiver = await Api.ConnectAsync(receiveBuffer: 16 * 1024);
        await receiver.GetAsync($"/bytes?stream={pipe.Stream}&seat={pipe.Second}");
        await receiver.ReadToAsync("\r\n\r\n");
        var address = Api.NextAddress();
        using var sender = new Socket(SocketType.Stream, ProtocolType.Tcp) { SendBufferSize = 16 * 1024 };
        await sender.ConnectAsync(address.Host, address.Port);
        await sender.SendAsync(Encoding.ASCII.GetBytes(
            $"POST /bytes?stream={pipe.Stream}&seat={pipe.First} HTTP/1.1\r\nHost: a\r\nContent-Length: {Length}\r\n\r\n"));
        var (sent, piece) = (0, new byte[16 * 1024]);
        sender.Blocking = false;
        while (sent < Length && sender.Poll(TimeSpan.FromSeconds(1), SelectMode.SelectWrite)) sent += sender.Send(piece);
        Assert.InRange(sent, 16 * 1024, (256 * 1024) + Kernel);
        using (var other = await Api.OpenAsync($"/bytes?stream={pipe.Stream}&seat={pipe.Second}&channel=1"))
        {
            var received = other.Content.ReadAsByteArrayAsync();
            (await Api.PostAsync($"/bytes?stream={pipe.Stream}&seat={pipe.First}&channel=1", Bytes(300_000), null)).Ok();
            Assert.Equal(300_000, (await received).Length);
        }

        // It goes on where it stopped.
        sender.Blocking = true;
        var rest = Task.Run(() =>
        {
            for (var left = Length - sent; left > 0; left -= Math.Min(left, piece.Length)) sender.Send(piece, Math.Min(left, piece.Length), SocketFlags.None);
        });
        Assert.Equal(Length, await receiver.SkipToEndAsync());
        await rest.WaitAsync(Patience);
        var answer = new byte[16];
        sender.Receive(answer);
        Assert.StartsWith("HTTP/1.1 200 ", Encoding.ASCII.GetString(answer), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_receiver_hears_nothing_more_when_the_pipe_ends()
    {
        var (pipe, opened) = await SetAsync(1, async () =>
        {
            var pipe = await BeginAsync(ttl: 1);
            var response = await Api.OpenAsync($"/bytes?stream={pipe.Stream}&seat={pipe.Second}");
            response.EnsureSuccessStatusCode();
            return (pipe, response);
        });
        using var response = opened;
        var read = (await response.Content.ReadAsStreamAsync()).ReadAsync(new byte[1]).AsTask();
        await PassAsync(1.5);
        await Assert.ThrowsAnyAsync<IOException>(() => read.WaitAsync(Patience));
        Refused(await Api.PostAsync($"/bytes?stream={pipe.Stream}&seat={pipe.First}", "x", null), HttpStatusCode.Forbidden, "seat");
    }

    private static byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        Random.Shared.NextBytes(bytes);
        return bytes;
    }

    private async Task<(string Stream, string First, string Second)> BeginAsync(int ttl = 1024)
    {
        var pipe = (await Api.PostAsync("/pipes", ("ttl", $"{ttl}"))).Created();
        return (pipe.GetProperty("stream").GetString()!, pipe.GetProperty("seats")[0].GetString()!, pipe.GetProperty("seats")[1].GetString()!);
    }

    /// <summary>So that it goes in chunks.</summary>
    private sealed class UnknownLength(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }
}
