using System.Text.Json;

namespace Malten.Gateway.Tests;

/// <summary>The description of the API as public tools take it: a linter, and a generator of clients.</summary>
public sealed class DescriptionToolTests : GatewayTests
{
    private const string Linter = "@redocly/cli@2.77.0";
    private const string Generator = "swagger-typescript-api@13.13.0";

    private const string Script =
        """
        import { Api } from './client.js';

        const api = new Api({ baseUrl: process.argv[2] });
        const begun = await api.streams.beginStream({ ttl: 60, private: true });
        const { stream } = begun.data;
        const posted = await api.messages.postMessage({ stream, message: 'å & b', user: 'ann' });
        await api.messages.postMessage({ stream, message: 'second' });
        const page = await api.messages.readMessages({ stream, last: posted.data.Created, limit: 10 });
        const presence = await api.presence.readPresence({ stream });
        const refused = await api.messages.postMessage({ stream, message: ' ' }).catch(refusal => refusal.error);
        console.log(JSON.stringify({
          ttl: begun.data.ttl, text: posted.data.Text, user: posted.data.User,
          after: page.data.map(message => message.Text), observers: presence.data.Observers, param: refused.param,
        }));
        """;

    [Fact]
    public async Task A_linter_finds_nothing()
    {
        using var tool = new NodeTool();
        await DescribeAsync(tool);
        var report = await tool.RunPackageAsync(Linter, "lint", "openapi.json", "--extends", "recommended", "--format", "json");
        var totals = JsonDocument.Parse(report).RootElement.GetProperty("totals");
        Assert.True((0, 0) == (totals.GetProperty("errors").GetInt32(), totals.GetProperty("warnings").GetInt32()), report);
    }

    [Fact]
    public async Task A_generated_client_begins_posts_and_reads()
    {
        using var tool = new NodeTool();
        var host = await DescribeAsync(tool);
        await tool.RunPackageAsync(Generator, "generate", "--path", tool.PathOf("openapi.json"),
            "--output", tool.PathOf(""), "--name", "client", "--js", "--silent");
        await tool.WriteAsync("package.json", """{"type":"module"}""");
        await tool.WriteAsync("script.js", Script);
        Assert.Equal("""{"ttl":60,"text":"å & b","user":"ann","after":["second"],"observers":0,"param":"message"}""",
            (await tool.RunScriptAsync("script.js", host.Address.ToString().TrimEnd('/'))).Trim());
    }

    private async Task<GatewayHost> DescribeAsync(NodeTool tool)
    {
        var (host, api) = await StartAsync();
        await tool.WriteAsync("openapi.json", (await api.GetAsync("/openapi/v1.json")).Text);
        return host;
    }
}
