using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Malten.Client;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace Malten.Docs.Tests;

/// <summary>The configurations of <c>docs/agents.md</c> start the program as agents do, and lead into the room; its tools are those of the page.</summary>
public sealed partial class AgentsPageTests : IDisposable
{
    private const string Page = "docs/agents.md";
    private const string PageNode = "https://malten.example";
    private const string PageLink = "/home/ann/family.link";

    private readonly Uri _node;
    private readonly Workspace _workspace;

    public AgentsPageTests(Node node)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The blocks need a shell.");
        (_node, _workspace) = (node.Address, new Workspace(node.Address));
    }

    [Fact]
    public async Task Each_configuration_leads_into_its_stream()
    {
        var blocks = CodeBlock.In(Repository.Read(Page)).ToList();
        Assert.Equal(["sh", "sh", "json", "json", "toml"], blocks.Select(block => block.Language)); // a new block needs a check
        _workspace.SaveProgram("claude", """printf '%s\n' "$@" > claude.arguments""");
        foreach (var block in blocks[..2]) await _workspace.RunAsync($"HOME=$PWD\n{Here(block.Code)}");
        var added = await File.ReadAllLinesAsync(_workspace.FullPath("claude.arguments"));
        var (options, command) = (added[..Array.IndexOf(added, "--")], added[(Array.IndexOf(added, "--") + 1)..]);
        Assert.Equal(["mcp", "add", "family", "--env", $"MALTEN_URL={Here(PageNode)}"], options);
        await JoinAsync(command, options[^1].Split('=', 2)[1]);
        await JoinAsync(JsonNode.Parse(Here(blocks[2].Code))!["mcpServers"]!["family"]!);
        await JoinAsync(JsonNode.Parse(Here(blocks[3].Code))!["servers"]!["lunch"]!);
        var toml = Assignments().Matches(Here(blocks[4].Code)).ToDictionary(line => line.Groups["name"].Value, line => line.Groups["value"].Value);
        Assert.Equal("120", toml["tool_timeout_sec"]);
        var environment = JsonNode.Parse(toml["env"].Replace(" = ", ":", StringComparison.Ordinal))!;
        await JoinAsync([(string)JsonNode.Parse(toml["command"])!, .. Strings(JsonNode.Parse(toml["args"])!)], (string)environment["MALTEN_URL"]!);

        using var client = new MaltenClient($"{_node}");
        var users = await client.ReadAsync("lunch").Select(message => message.User).ToListAsync(); // other pages' examples write there too
        Assert.Equal(["copilot", "codex"], users.Where(user => user is "copilot" or "codex"));
        using var room = await client.JoinAsync((EncryptedLink)MaltenLink.Parse(await File.ReadAllTextAsync(_workspace.FullPath("family.link"))));
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var names = room.ListenAsync(Cursor.Beginning, limit.Token).OfType<EncryptedMessage>().Select(message => message.Name).Take(2);
        Assert.Equal(["claude", "claude"], await names.ToListAsync(limit.Token));
    }

    [Fact]
    public async Task The_table_has_the_tools_and_their_arguments()
    {
        await using var client = await StartAsync(["malten", "mcp", "s"], $"{_node}");
        var table = Rows().Matches(Repository.Read(Page)).ToDictionary(row => row.Groups["tool"].Value, row => row.Groups["arguments"].Value);
        var tools = await client.ListToolsAsync();
        Assert.Equal(table.Keys.Order(), tools.Select(tool => tool.Name).Order());
        foreach (var tool in tools)
        {
            var arguments = tool.JsonSchema.TryGetProperty("properties", out var properties) ? properties.EnumerateObject().Select(one => one.Name) : [];
            Assert.Equal(Code().Matches(table[tool.Name]).Select(one => one.Value).Order(), arguments.Order());
        }
    }

    public void Dispose() => _workspace.Dispose();

    private Task JoinAsync(JsonNode server) =>
        JoinAsync([(string)server["command"]!, .. Strings(server["args"]!)], (string)server["env"]!["MALTEN_URL"]!);

    /// <summary>Starts it as an agent does, and says something.</summary>
    private async Task JoinAsync(string[] command, string url)
    {
        await using var client = await StartAsync(command, url);
        var said = await client.CallToolAsync("say", new Dictionary<string, object?> { ["text"] = "hello" });
        Assert.False(said.IsError ?? false, string.Concat(said.Content.OfType<TextContentBlock>().Select(block => block.Text)));
    }

    private async Task<McpClient> StartAsync(string[] command, string url)
    {
        Assert.Equal("malten", command[0]);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        return await McpClient.CreateAsync(new StdioClientTransport(new StdioClientTransportOptions
        {
            Command = _workspace.FullPath("programs/malten"), Arguments = command[1..],
            EnvironmentVariables = new Dictionary<string, string?> { ["MALTEN_URL"] = url, ["MALTEN_LINK"] = null },
        }), new McpClientOptions { DiscoverProbeTimeout = TimeSpan.FromSeconds(60) }, cancellationToken: limit.Token); // it may start slowly
    }

    /// <summary>With this machine's node and folder in place of the page's.</summary>
    private string Here(string code) => code.Replace(PageNode, _node.GetLeftPart(UriPartial.Authority), StringComparison.Ordinal)
        .Replace(PageLink, _workspace.FullPath("family.link"), StringComparison.Ordinal);

    private static string[] Strings(JsonNode array) => [.. array.AsArray().Select(one => (string)one!)];

    [GeneratedRegex("^(?<name>[a-z_]+) = (?<value>.+)$", RegexOptions.Multiline)]
    private static partial Regex Assignments();

    [GeneratedRegex(@"^\| `(?<tool>[a-z_]+)` \| (?<arguments>[^|]*)\|", RegexOptions.Multiline)]
    private static partial Regex Rows();

    [GeneratedRegex("(?<=`)[a-zA-Z]+(?=`)")]
    private static partial Regex Code();
}
