using System.Net;
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
