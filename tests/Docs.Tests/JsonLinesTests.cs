namespace Malten.Docs.Tests;

/// <summary>The README's line of curl and jq prints events, in a terminal, where jq holds nothing back.</summary>
public sealed class JsonLinesTests(Node node)
{
    [Fact]
    public async Task Events_come_out_of_jq_as_they_come()
    {
        Tools.Require("curl", "jq", "script");
        var block = CodeBlock.In(Repository.Read("README.md")).Single(block => block.Marker == "run: on a terminal").Code
            .Replace("localhost:9090", node.Address.Authority, StringComparison.Ordinal)
            .Replace("stream=foo", "stream=lines", StringComparison.Ordinal); // other blocks count who hears foo
        using var workspace = new Workspace(node.Address);
        workspace.Save("block", block);
        await using var terminal = workspace.Start("script -qec 'bash ./block' /dev/null < /dev/null");
        await terminal.WaitForAsync("\"open\"");
        foreach (var text in new[] { "first", "second" })
        {
            (await node.Http.PostAsync("messages", new FormUrlEncodedContent([new("stream", "lines"), new("message", $"the {text} line")])))
                .EnsureSuccessStatusCode();
            await terminal.WaitForAsync($"the {text} line");
        }
    }
}
