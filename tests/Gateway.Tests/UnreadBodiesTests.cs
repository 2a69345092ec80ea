using System.IO.Pipelines;
using System.Net;
using System.Net.Http.Headers;
using Malten.Gateway.Requests;
using Malten.Streams.Limits;
using Malten.Streams.Values;
using Malten.Testing;
using Malten.Testing.Contract;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Malten.Gateway.Tests;

/// <summary>Where bodies in pieces have no more room, whoever sends most of them gives way.</summary>
public sealed class UnreadBodiesTests : GatewayTests
{
    private const int Most = 64 * 1024; // a sixteenth of a MiB

    private readonly FakeTime _time = new();
    private readonly Capacity _capacity = new(new CapacityOptions());
    private readonly UnreadBodies _bodies;
    private ClientKey _client;

    public UnreadBodiesTests() =>
        _bodies = new UnreadBodies(_capacity, Options.Create(new CapacityOptions { MaxMemoryMegabytes = 1 }), _ => _client, _time);

    [Fact]
    public async Task While_there_is_room_one_client_may_have_all_of_it_and_then_gives_way_to_others()
    {
        UnreadBody[] loud = [Begin(1, 1), Begin(1, 1), Begin(1, 1), Begin(1, 1)];
        foreach (var body in loud) body.Hold(Most / 4);
        Assert.Throws<StreamRefusedException>(() => Begin(1, 1).Hold(1)); // holds most itself
        var quiet = Begin(2, 2);
        quiet.Hold(Most / 4);
        await AssertGaveWayAsync(loud[0]); // the one that has been coming for longest
        quiet.Hold(Most / 2);
        await AssertGaveWayAsync(loud[1]);
        Assert.Throws<StreamRefusedException>(() => quiet.Hold((Most / 2) + 1)); // it has as much as the other
        Assert.Equal((Most, Most, 2), (_bodies.Bytes, _capacity.Bytes, _bodies.Clients));
        foreach (var body in loud.Append(quiet)) body.Dispose();
        Assert.Equal((0, 0, 0), (_bodies.Bytes, _capacity.Bytes, _bodies.Clients));
    }

    [Fact]
    public async Task A_client_that_holds_nothing_is_never_refused()
    {
        for (var i = 0UL; i < 100; i++)
        {
            var last = Begin(i % 7, i % 2);
            if (i % 7 > 0) _ = Record.Exception(() => last.Hold(Most / 7));
        }

        Begin(50, 1).Hold(Most / 4);
        Begin(51, 0).Hold(Most / 4);
        Begin(52, 3).Hold(Most);
        Assert.Equal(Most, _bodies.Bytes);
        var only = Begin(53, 0);
        only.Hold(Most);
        await only.ReadAsync(); // is still read
        Assert.Equal(1, _bodies.Clients);
    }

    [Fact]
    public async Task A_crowd_of_one_network_gives_way_before_one_from_elsewhere_that_holds_more_than_each()
    {
        var crowd = Enumerable.Range(0, 32).Select(i => Begin((ulong)i, 9)).ToList();
        foreach (var body in crowd) body.Hold(Most / 40); // 32 / 40 in all; a network weighs an eighth of that: 4 / 40
        var one = Begin(100, 100);
        one.Hold(3 * Most / 40);
        one.Hold(Most / 4);
        await one.ReadAsync();
        Assert.Equal(2, crowd.Count(body => body.HasGivenWay));
        var member = Begin(200, 9);
        member.Hold(Most / 40); // within the network, clients are compared with each other
        await member.ReadAsync();
    }

    [Fact]
    public async Task Over_HTTP_eight_addresses_do_not_keep_another_out()
    {
        var (host, api) = await StartAsync("--Malten:MaxMemoryMegabytes=16", "--Malten:TrustedProxies:0=127.0.0.1");
        var unread = host.Services.GetRequiredService<UnreadBodies>();
        var loud = new List<RawConnection>();
        const int Each = 65_000 + (12 * 1024); // with what counts for the request
        for (var i = 0; i < 13; i++) // all but 43 KB of the mebibyte that there is
        {
            loud.Add(await PostPartAsync(api, $"{(i < 8 ? "198.51.100" : "203.0.113")}.{i % 4}", 65_000));
            await EventuallyAsync(() => Task.FromResult(unread.Bytes >= (i + 1) * Each));
        }

        var quiet = await PostPartAsync(api, "192.0.2.1", 40_000);
        await EventuallyAsync(() => Task.FromResult(unread.Clients == 9));
        await quiet.WriteAsync("\"message\":\"quiet\"}" + new string(' ', 65_500 - 40_000 - 18));
        Assert.Contains(" 200 ", await quiet.ReadToAsync("\r\n"), StringComparison.Ordinal);
        Assert.Contains(" 503 ", await loud[0].ReadToAsync("\r\n"), StringComparison.Ordinal);
        Assert.Equal(1, (await api.GetAsync("/messages")).Ok().GetArrayLength());
        await api.DisposeAsync();
        await EventuallyAsync(() => Task.FromResult((unread.Bytes, unread.Clients) == (0, 0)));
    }

    [Fact]
    public async Task Over_HTTP_a_body_has_30_seconds_to_come()
    {
        var (host, api) = await StartAsync();
        var slow = await PostPartAsync(api, "", 60_000);
        await EventuallyAsync(() => Task.FromResult(host.Services.GetRequiredService<UnreadBodies>().Bytes >= 60_000));
        host.Time.Advance(TimeSpan.FromSeconds(29));
        (await PostAsync(api, "s")).Ok();
        host.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Contains(" 408 ", await slow.ReadToEndAsync(), StringComparison.Ordinal); // and is disconnected
    }

    [Fact]
    public async Task Over_HTTP_a_body_of_which_nothing_comes_is_counted_and_has_30_seconds_too()
    {
        var (host, api) = await StartAsync();
        var silent = await api.ConnectAsync();
        await silent.WriteAsync("POST /messages HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100\r\n"
            + $"X-Long: {new string('x', 7000)}\r\n\r\n");
        await IsCountedAsync(host);
        host.Time.Advance(TimeSpan.FromSeconds(30));
        Assert.Contains(" 408 ", await silent.ReadToAsync("\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task So_it_is_over_HTTP_2_where_others_of_its_connection_are_served()
    {
        var (host, _) = await StartAsync("--Kestrel:EndpointDefaults:Protocols=Http2");
        using var http = new HttpClient
        {
            BaseAddress = host.Address, DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        using var content = new SilentContent();
        http.DefaultRequestHeaders.Add("X-Long", new string('x', 7000));
        var answering = http.PostAsync("/messages", content);
        await IsCountedAsync(host);
        using var other = await http.PostAsync("/messages", new FormUrlEncodedContent([new("message", "a")]));
        Assert.Equal(HttpStatusCode.OK, other.StatusCode);
        host.Time.Advance(TimeSpan.FromSeconds(30));
        using var answer = await answering;
        Assert.Equal(HttpStatusCode.RequestTimeout, answer.StatusCode);
        await EventuallyAsync(() => Task.FromResult(host.Services.GetRequiredService<UnreadBodies>().Bytes == 0));
    }

    [Fact]
    public async Task A_client_that_asks_first_whether_it_may_send_is_told_to_and_served()
    {
        var (_, api) = await StartAsync();
        var careful = await api.ConnectAsync();
        await careful.WriteAsync("POST /messages HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 15\r\nExpect: 100-continue\r\n\r\n");
        Assert.Contains(" 100 ", await careful.ReadToAsync("\r\n\r\n"), StringComparison.Ordinal);
        await careful.WriteAsync("{\"message\":\"a\"}");
        Assert.Contains(" 200 ", await careful.ReadToAsync("\r\n"), StringComparison.Ordinal);
    }

    /// <summary>Waits until a request with headers of 7,000 characters, for whose body nothing has come, is counted.</summary>
    private static Task IsCountedAsync(GatewayHost host) => EventuallyAsync(() =>
        Task.FromResult(host.Services.GetRequiredService<UnreadBodies>().Bytes is > (12 * 1024) + (2 * (7000 - 2048)) and < (12 * 1024) + (2 * 7000)));

    private static async Task<RawConnection> PostPartAsync(Api api, string client, int bytes)
    {
        var raw = await api.ConnectAsync();
        await raw.WriteAsync($"POST /messages HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: {client}\r\n"
            + "Content-Type: application/json\r\nContent-Length: 65500\r\n\r\n");
        await raw.WriteAsync("{" + new string(' ', bytes - 1));
        return raw;
    }

    private static async Task AssertGaveWayAsync(UnreadBody body)
    {
        var refused = await Assert.ThrowsAsync<StreamRefusedException>(() => body.ReadAsync().AsTask());
        Assert.Equal(Refusal.Full, refused.Refusal);
        Assert.Throws<StreamRefusedException>(() => body.Hold(1));
    }

    private UnreadBody Begin(ulong client, ulong network)
    {
        _client = new ClientKey(client, network);
        return _bodies.Begin(new DefaultHttpContext(), PipeReader.Create(new MemoryStream(new byte[10])));
    }

    /// <summary>A body that is announced and of which nothing comes.</summary>
    private sealed class SilentContent : HttpContent
    {
        private readonly TaskCompletionSource _end = new();

        public SilentContent() => Headers.ContentType = new MediaTypeHeaderValue("application/json");

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.FlushAsync(); // the headers
            await _end.Task;
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing) _end.TrySetResult();
            base.Dispose(disposing);
        }
    }
}
