using Malten.Testing.Contract;

namespace Malten.Gateway.Tests;

/// <summary>A request for the head of an answer alone, by the letter.</summary>
public sealed class HeadTests : GatewayTests
{
    [Theory]
    [InlineData("/messages?stream=s")]
    [InlineData("/presence?stream=s")]
    [InlineData("/streams")]
    [InlineData("/openapi/v1.json")]
    [InlineData("/malten.html")]
    public async Task A_method_that_is_written_otherwise_than_HEAD_is_no_fault_of_the_server(string path)
    {
        var host = await GatewayHost.StartAsync();
        var api = Use(new Api(host.Addresses), host);
        (await PostAsync(api, "s")).Ok();
        var head = await AskAsync("HEAD");
        Assert.StartsWith("HTTP/1.1 200", head, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n", head, StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200", await AskAsync("HEaD"), StringComparison.Ordinal);

        async Task<string> AskAsync(string method)
        {
            var connection = await api.ConnectAsync();
            await connection.WriteAsync($"{method} {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
            return await connection.ReadToEndAsync();
        }
    }
}
