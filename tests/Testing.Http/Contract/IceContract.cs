using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Malten.Testing.Contract;

/// <summary>API.md, "GET /ice", on hosts with <see cref="IceSettings"/>.</summary>
public abstract class IceContract<THost> : ContractTests<THost> where THost : IContractHost<THost>
{
    [Fact]
    public async Task Each_seat_is_handed_what_the_operator_configured()
    {
        var (stream, seats) = await BeginAsync();
        foreach (var seat in seats)
        {
            var answer = await ReadIceAsync(stream, seat);
            Assert.Equal(["iceServers"], Names(answer));
            var servers = answer.GetProperty("iceServers");
            Assert.Equal(2, servers.GetArrayLength());
            Assert.Equal(["urls"], Names(servers[0]));
            Assert.Equal(IceSettings.Stun, UrlsOf(servers[0]));
            Assert.Equal(["urls", "username", "credential"], Names(servers[1]));
            Assert.Equal(IceSettings.Turn, UrlsOf(servers[1]));
        }
    }

    [Fact]
    public async Task The_credential_is_what_a_relay_computes_from_the_secret()
    {
        var (stream, seats) = await BeginAsync();
        var relay = Relay(await ReadIceAsync(stream, seats[0]));
        var username = relay.GetProperty("username").GetString()!;
#pragma warning disable CA5350 // what the scheme says
        var expected = HMACSHA1.HashData(Encoding.UTF8.GetBytes(IceSettings.Secret), Encoding.UTF8.GetBytes(username));
#pragma warning restore CA5350
        Assert.Equal(Convert.ToBase64String(expected), relay.GetProperty("credential").GetString());
        Assert.DoesNotContain(IceSettings.Secret, relay.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_lasts_an_hour()
    {
        var (stream, seats) = await BeginAsync();
        var before = Now();
        var expiry = ExpiryOf(await ReadIceAsync(stream, seats[0]));
        Assert.InRange(expiry, before.AddHours(1).ToUnixTimeSeconds(), Now().AddHours(1).ToUnixTimeSeconds());
        await PassAsync(2);
        Assert.True(ExpiryOf(await ReadIceAsync(stream, seats[0])) > expiry);
    }

    [Fact]
    public async Task A_relay_can_tell_seats_apart_and_learns_nothing_of_the_pipe()
    {
        var (stream, seats) = await BeginAsync();
        var names = new List<string>();
        foreach (var seat in (string[])[.. seats, .. seats])
            names.Add(Relay(await ReadIceAsync(stream, seat)).GetProperty("username").GetString()!.Split(':')[1]);
        Assert.Equal(names[..2], names[2..]); // whichever node was asked
        Assert.NotEqual(names[0], names[1]);
        Assert.All(names, name => Assert.Matches("^[0-9a-f]{18}$", name));
    }

    [Fact]
    public async Task It_is_for_holders_of_a_seat()
    {
        var (stream, seats) = await BeginAsync();
        var (other, others) = await BeginAsync();
        var open = NewName();
        await PostAsync(open, "a");
        foreach (var query in (string[])
        [
            "", $"stream={stream}", $"stream={stream}&seat=", $"stream={stream}&seat=x", $"stream={stream}&seat={others[0]}",
            $"stream={open}", $"stream={open}&seat={seats[0]}", $"stream={NewName()}&seat={seats[0]}", $"seat={seats[0]}",
        ])
            Refused(await Api.GetAsync($"/ice?{query}"), HttpStatusCode.Forbidden, "seat");
        Assert.NotEqual(stream, other);
    }

    [Fact]
    public async Task It_is_gone_with_the_pipe()
    {
        var (stream, seats) = await BeginAsync(ttl: 1);
        await PassAsync(1.5);
        Refused(await Api.GetAsync($"/ice?stream={stream}&seat={seats[0]}"), HttpStatusCode.Forbidden, "seat");
    }

    [Fact]
    public async Task It_is_read_and_kept_nowhere()
    {
        var (stream, seats) = await BeginAsync();
        var answer = await Api.GetAsync($"/ice?stream={stream}&seat={seats[0]}");
        Assert.True(answer.Headers.CacheControl?.NoStore);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await Api.PostAsync($"/ice?stream={stream}&seat={seats[0]}")).Status);
    }

    private static JsonElement Relay(JsonElement answer) => answer.GetProperty("iceServers")[1];

    private static long ExpiryOf(JsonElement answer) =>
        long.Parse(Relay(answer).GetProperty("username").GetString()!.Split(':')[0], CultureInfo.InvariantCulture);

    private static string[] UrlsOf(JsonElement server) => [.. server.GetProperty("urls").EnumerateArray().Select(url => url.GetString()!)];

    private DateTimeOffset Now() => (Host.Time as TimeProvider ?? TimeProvider.System).GetUtcNow();

    private async Task<JsonElement> ReadIceAsync(string stream, string seat) => (await Api.GetAsync($"/ice?stream={stream}&seat={seat}")).Ok();

    private async Task<(string Stream, string[] Seats)> BeginAsync(int ttl = 1024)
    {
        var pipe = (await Api.PostAsync("/pipes", ("ttl", $"{ttl}"))).Created();
        return (pipe.GetProperty("stream").GetString()!, [.. pipe.GetProperty("seats").EnumerateArray().Select(seat => seat.GetString()!)]);
    }
}
