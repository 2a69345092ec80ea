using System.Text.Json;
using System.Text.Json.Nodes;

namespace Malten.Cli.Tests.Mcp;

/// <summary><c>malten mcp</c> as a process: what it writes, how it ends, and what it costs the other commands.</summary>
public sealed class McpProcessTests : CliTests
{
    private const string Library = "ModelContextProtocol";

    [Fact]
    public async Task Its_standard_output_is_the_protocol_and_nothing_else_and_it_ends_with_its_input()
    {
        var process = Start("mcp", "s");
        await InitializeAsync(process);
        await process.WriteAsync(Request(2, "tools/call", """{"name":"say","arguments":{"text":"hello"}}"""));
        await process.PrintsAsync("\"id\":2");
        await process.WriteAsync("rubbish\n" + Request(3, "tools/list", "{}"));
        await process.PrintsAsync("\"id\":3");
        process.EndInput();
        await process.EndAsync();
        Assert.All(process.Done().Output.TrimEnd('\n').Split('\n'), line => Assert.Equal("2.0", $"{JsonNode.Parse(line)!["jsonrpc"]}"));
        Assert.Equal("", process.Errors);
        await ObserversAreAsync("s", 0);
    }

    [Fact]
    public async Task A_signal_ends_it()
    {
        var process = Start("mcp", "s");
        await InitializeAsync(process);
        process.Signal(15);
        await process.EndAsync();
        Assert.Equal(130, process.ExitCode);
    }

    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 130)]
    public async Task It_ends_while_a_call_waits(bool bySignal, int code)
    {
        var process = Start("mcp", "s");
        await InitializeAsync(process);
        await process.WriteAsync(Request(2, "tools/call", """{"name":"wait_for_message","arguments":{"timeoutSeconds":600}}"""));
        await process.WriteAsync(Request(3, "tools/call", """{"name":"say","arguments":{"text":"hello"}}"""));
        await process.PrintsAsync("\"id\":3");
        await ObserversAreAsync("s", 1);
        if (bySignal) process.Signal(15);
        else process.EndInput();
        await process.EndAsync();
        Assert.Equal((code, ""), (process.ExitCode, process.Errors));
        await ObserversAreAsync("s", 0);
    }

    [Fact]
    public async Task Other_commands_do_not_load_the_protocol()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "It needs /proc.");
        var agent = Start("mcp", "s");
        await InitializeAsync(agent);
        Assert.Contains(Library, agent.Maps(), StringComparison.Ordinal);
        var listener = await ListenAsync("other", "listen", "other");
        Assert.DoesNotContain(Library, listener.Maps(), StringComparison.Ordinal);
    }

    private static async Task InitializeAsync(CliProcess process)
    {
        await process.WriteAsync(Request(1, "initialize",
            """{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"test","version":"1"}}"""));
        await process.PrintsAsync("\"id\":1");
        await process.WriteAsync("""{"jsonrpc":"2.0","method":"notifications/initialized"}""" + "\n");
    }

    private static string Request(int id, string method, string parameters) =>
        $$"""{"jsonrpc":"2.0","id":{{id}},"method":{{JsonSerializer.Serialize(method)}},"params":{{parameters}}}""" + "\n";

    private CliProcess Start(params string[] arguments) => Use(CliProcess.Start(Node.Address, arguments, keepsInput: true));
}
