using System.Net;
using Malten.Testing.Contract;
using Microsoft.Extensions.Options;

namespace Malten.Gateway.Tests;

/// <summary>Settings that make no sense stop the start, with a message that names the setting.</summary>
public sealed class SettingsTests : GatewayTests
{
    [Theory]
    [InlineData("PostsPerSecondPerClient", "0")]
    [InlineData("PostsPerSecondPerClient", "-1")]
    [InlineData("ListenersPerClient", "0")]
    [InlineData("DrainSeconds", "5")]
    [InlineData("DrainSeconds", "-1")]
    [InlineData("MaxStreams", "0")]
    [InlineData("MaxStreams", "")]
    [InlineData("DrainSeconds", "")]
    [InlineData("Chat:MaxWaiting", "")]
    [InlineData("MaxListeners", "0")]
    [InlineData("MaxMemoryMegabytes", "0")]
    [InlineData("TrustedProxies:0", "everybody")]
    [InlineData("TrustedProxies:0", "10.0.0.0/99")]
    [InlineData("AllowedOrigins:0", "example.org")]
    [InlineData("AllowedOrigins:0", "https://example.org/")]
    [InlineData("AllowedOrigins:0", "ftp://example.org")]
    [InlineData("AllowedOrigins:0", "*")]
    [InlineData("MaxStream", "10")]
    [InlineData("Max:Streams", "10")]
    [InlineData("Chat:MaxWaiting", "0")]
    [InlineData("Chat:MaxWait", "1")]
    [InlineData("Chat:ApiKey", "x")] // read from OPENAI_API_KEY alone
    public async Task Out_of_range(string setting, string value)
    {
        var refused = await Assert.ThrowsAsync<OptionsValidationException>(async () => await GatewayHost.StartAsync([$"--Malten:{setting}={value}"]));
        Assert.Contains(refused.Failures, failure => failure.Contains(setting.Split(':')[0], StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Malten:TrustedProxies is a list", "Malten:TrustedProxies=10.0.0.1")]
    [InlineData("Malten__TrustedProxies__0", "malten:trustedproxies=10.0.0.1", "Malten:TrustedProxies:0=10.0.0.2")]
    [InlineData("Malten:AllowedOrigins is a list", "Malten:AllowedOrigins=https://example.org")]
    [InlineData("Malten:MaxStreams:0 is not read", "Malten:MaxStreams:0=3")]
    [InlineData("Malten:MaxStreams:0 is not read", "Malten:MaxStreams=10", "Malten:MaxStreams:0=3")]
    [InlineData("Malten:TrustedProxies:0:1 is not read", "Malten:TrustedProxies:0:1=10.0.0.1")]
    [InlineData("Malten:Chat:TimeLimitSeconds:0 is not read", "Malten:Chat:TimeLimitSeconds:0=3")]
    [InlineData("Malten:Calls:TurnSecret:0 is not read", $"Malten:Calls:TurnSecret:0={IceSettings.Secret}")]
    public async Task A_list_for_one_value_or_one_value_for_a_list(string told, params string[] settings)
    {
        var refused = await Assert.ThrowsAsync<OptionsValidationException>(async () =>
            await GatewayHost.StartAsync([.. settings.Select(setting => $"--{setting}")]));
        Assert.Contains(told, refused.Message, StringComparison.Ordinal);
        foreach (var value in settings.Select(setting => setting.Split('=')[1]).Where(value => value.Length > 2))
            Assert.DoesNotContain(value, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_list_without_a_value_is_empty()
    {
        var (_, api) = await StartAsync("--Malten:TrustedProxies="); // as a compose file passes what nobody has set
        Assert.Equal(HttpStatusCode.OK, (await api.GetAsync("/readyz")).Status);
    }

    [Theory]
    [InlineData("MaxStreams", "many")]
    [InlineData("DrainSeconds", "1s")]
    [InlineData("PostsPerSecondPerClient", "99999999999")]
    public async Task Not_a_number(string setting, string value)
    {
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(async () => await GatewayHost.StartAsync([$"--Malten:{setting}={value}"]));
        Assert.Contains($"Malten:{setting}", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_settings_together_in_any_case()
    {
        var (_, api) = await StartAsync("--malten:postsPerSecondPerClient=100",
            "--Malten:ListenersPerClient=5", "--Malten:TrustedProxies:0=::1", "--Malten:TrustedProxies:1=10.0.0.0/8",
            "--MALTEN:DRAINSECONDS=0", "--Malten:MaxStreams=10", "--Malten:MaxListeners=10", "--Malten:MaxMemoryMegabytes=16");
        Assert.Equal(HttpStatusCode.OK, (await api.GetAsync("/readyz")).Status);
    }
}
