using System.Text.Json.Nodes;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace Malten.Cli.Tests.Mcp;

/// <summary>An agent: a client of the protocol's own library, and the program <c>malten mcp</c> as its server.</summary>
internal sealed class Agent : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly McpClient _client;
    private readonly List<string> _answers;

    private Agent(McpClient client, List<string> answers) => (_client, _answers) = (client, answers);

    /// <summary>What the program says about itself and the room.</summary>
    public string Instructions => _client.ServerInstructions!;

    /// <summary>All answers of tools so far, as the agent got them.</summary>
    public IReadOnlyList<string> Answers => _answers;

    /// <param name="link">In the environment, as <c>MALTEN_LINK</c>; null for none.</param>
    public static async Task<Agent> StartAsync(Uri node, string? link, params string[] arguments)
    {
        var transport = new StdioClientTransport(new StdioClientTransportOptions
        {
            Command = "dotnet", Arguments = [Path.Combine(AppContext.BaseDirectory, "malten", "Malten.Cli.dll"), "mcp", .. arguments],
            EnvironmentVariables = new Dictionary<string, string?> { ["MALTEN_URL"] = $"{node}", ["MALTEN_LINK"] = link },
        });
        using var limit = new CancellationTokenSource(Patience);
        var options = new McpClientOptions { DiscoverProbeTimeout = TimeSpan.FromSeconds(60) }; // it may start slowly
        return new Agent(await McpClient.CreateAsync(transport, options, cancellationToken: limit.Token), []);
    }

    public async Task<IList<McpClientTool>> ToolsAsync() => await _client.ListToolsAsync();

    /// <summary>Calls a tool that succeeds.</summary>
    public async Task<JsonNode> CallAsync(string tool, params (string Name, object? Value)[] arguments)
    {
        var result = await TryAsync(tool, CancellationToken.None, arguments);
        Assert.False(result.IsError ?? false, TextOf(result));
        Assert.Equal(JsonNode.Parse(TextOf(result))!.ToJsonString(), JsonNode.Parse(result.StructuredContent!.Value.GetRawText())!.ToJsonString());
        return JsonNode.Parse(TextOf(result))!;
    }

    /// <summary>Calls a tool that fails, and returns what it says.</summary>
    public async Task<string> FailAsync(string tool, params (string Name, object? Value)[] arguments)
    {
        var result = await TryAsync(tool, CancellationToken.None, arguments);
        Assert.True(result.IsError, TextOf(result));
        return TextOf(result);
    }

    public async Task<CallToolResult> TryAsync(string tool, CancellationToken cancellationToken, params (string Name, object? Value)[] arguments)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        var result = await _client.CallToolAsync(tool, arguments.ToDictionary(one => one.Name, one => one.Value), cancellationToken: limit.Token);
        lock (_answers) _answers.Add(TextOf(result));
        return result;
    }

    public Task<JsonNode> ReadAsync(params (string Name, object? Value)[] arguments) => CallAsync("read_messages", arguments);

    /// <summary>Waits for something after a position, as long as it takes.</summary>
    public async Task<JsonNode> WaitAsync(string after)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (true)
        {
            limit.Token.ThrowIfCancellationRequested();
            var page = await CallAsync("wait_for_message", ("after", after), ("timeoutSeconds", 20));
            if (page["messages"]!.AsArray().Count > 0) return page;
        }
    }

    public Task<JsonNode> SayAsync(string text) => CallAsync("say", ("text", text));

    public ValueTask DisposeAsync() => _client.DisposeAsync();

    public static string PositionOf(JsonNode page) => page["position"]!.GetValue<string>();

    public static string[] TextsOf(JsonNode page) => [.. page["messages"]!.AsArray().Select(message => message!["text"]!.GetValue<string>())];

    private static string TextOf(CallToolResult result) => result.Content.OfType<TextContentBlock>().Single().Text;
}
