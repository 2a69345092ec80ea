using System.Text.Json;
using Malten.Testing.Contract;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Malten.Gateway.Tests;

/// <summary>The settings of calls: none by default, and wrong ones stop startup.</summary>
public sealed class CallSettingsTests : GatewayTests
{
    private const string Secret = $"--Malten:Calls:TurnSecret={IceSettings.Secret}";

    [Theory]
    [InlineData]
    [InlineData("--Malten:Calls:IceServers=", "--Malten:Calls:TurnSecret=")] // as a compose file passes what nobody has set
    public async Task By_default_no_server_is_asked(params string[] settings)
    {
        var (_, api) = await StartAsync(settings);
        Assert.Equal("{\"iceServers\":[]}", (await ReadAsync(api)).GetRawText());
    }

    [Fact]
    public async Task A_server_that_only_tells_an_address_needs_no_credentials()
    {
        var (_, api) = await StartAsync("--Malten:Calls:IceServers=stun:stun.example:3478");
        Assert.Equal("{\"iceServers\":[{\"urls\":[\"stun:stun.example:3478\"]}]}", (await ReadAsync(api)).GetRawText());
    }

    [Theory]
    [InlineData("stun:a")]
    [InlineData("stuns:stun.example:5349")]
    [InlineData("stun:[2001:db8::1]:3478,stun:192.0.2.1")]
    [InlineData("turn:turn.example", Secret)]
    [InlineData("turn:turn.example:3478?transport=udp, turns:turn.example:443?transport=tcp", Secret)]
    public async Task Addresses(string servers, params string[] more)
    {
        var (_, api) = await StartAsync([$"--Malten:Calls:IceServers={servers}", .. more]);
        Assert.Equal(servers.Split(',', StringSplitOptions.TrimEntries), (await ReadAsync(api)).GetProperty("iceServers").EnumerateArray()
            .SelectMany(server => server.GetProperty("urls").EnumerateArray()).Select(url => url.GetString()));
    }

    [Theory]
    [InlineData("IceServers", "stun.example")]
    [InlineData("IceServers", "http://stun.example")]
    [InlineData("IceServers", "stun://stun.example")]
    [InlineData("IceServers", "stun:stun.example:0")]
    [InlineData("IceServers", "stun:stun.example:70000")]
    [InlineData("IceServers", "stun:stun.example?transport=udp")]
    [InlineData("IceServers", "stun:2001:db8::1")]
    [InlineData("IceServers", "stun:")]
    [InlineData("IceServers", "turn:turn.example?transport=tls", Secret)]
    [InlineData("IceServers", "turn:user@turn.example", Secret)]
    [InlineData("IceServers", "stun:a,stun:b,stun:c,stun:d,stun:e,stun:f,stun:g,stun:h,stun:i")]
    [InlineData("TurnSecret", "turn:turn.example")]
    [InlineData("TurnSecret", "turn:turn.example", "--Malten:Calls:TurnSecret=short")]
    [InlineData("TurnSecret", "turn:turn.example", "--Malten:Calls:TurnSecret=has a space in its midst")]
    [InlineData("TurnSecret", "", Secret)]
    [InlineData("TurnSecret", "stun:stun.example", Secret)]
    [InlineData("Calls:IceServer", "", "--Malten:Calls:IceServer=stun:a")]
    [InlineData("Calls:IceServers", "", "--Malten:Calls:IceServerss:0=stun:a")]
    [InlineData("Calls:IceServers", "", "--Malten:Calls:IceServers:0=stun:a")]
    public async Task Wrong_ones_stop_startup(string named, string servers, params string[] more)
    {
        var refused = await Assert.ThrowsAsync<OptionsValidationException>(async () =>
            await GatewayHost.StartAsync([$"--Malten:Calls:IceServers={servers}", .. more]));
        Assert.Contains(refused.Failures, failure => failure.Contains(named, StringComparison.Ordinal));
        Assert.DoesNotContain(IceSettings.Secret, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Neither_the_secret_nor_a_credential_is_logged()
    {
        var kept = new KeptLog();
        await using var host = await GatewayHost.StartAsync([.. LogTests.Everything, .. IceSettings.Arguments],
            builder => builder.Logging.ClearProviders().AddProvider(kept));
        await using var api = new Api(host.Addresses);
        var relay = (await ReadAsync(api)).GetProperty("iceServers")[1];
        Assert.NotEqual("", kept.ToString());
        foreach (var secret in (string[])[IceSettings.Secret, relay.GetProperty("username").GetString()!, relay.GetProperty("credential").GetString()!])
            Assert.DoesNotContain(secret, kept.ToString(), StringComparison.Ordinal);
    }

    private static async Task<JsonElement> ReadAsync(Api api)
    {
        var pipe = (await api.PostAsync("/pipes")).Created();
        return (await api.GetAsync($"/ice?stream={pipe.GetProperty("stream")}&seat={pipe.GetProperty("seats")[0]}")).Ok();
    }
}
