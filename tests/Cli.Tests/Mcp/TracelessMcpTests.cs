using System.Text.Json.Nodes;
using Malten.Client;

namespace Malten.Cli.Tests.Mcp;

/// <summary><c>malten mcp</c> in a stream that leaves no trace: the agent takes part, and no server holds a word.</summary>
public sealed class TracelessMcpTests : CliTests
{
    private readonly TraceLink _link = TraceLink.New("family");

    [Fact]
    public async Task What_an_agent_says_is_held_by_no_server()
    {
        var agent = await StartAsync("--as", "bot");
        var said = await agent.SayAsync("for those who are there");
        Assert.Empty(await Client.ReadAsync(_link.Stream).ToListAsync());
        var own = (await agent.ReadAsync())["messages"]!.AsArray().Single()!;
        Assert.Equal(("for those who are there", $"{said["id"]}", true), ($"{own["text"]}", $"{own["id"]}", own["own"]!.GetValue<bool>()));
        Assert.Contains("leaves no trace", agent.Instructions, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_first_read_waits_for_what_is_handed_over()
    {
        var ann = Use(CliProcess.StartShell(Node.Address, "malten chat --user ann", keepsInput: true, ("MALTEN_LINK", _link.ToText())));
        await ann.WriteAsync(string.Concat(Enumerable.Range(0, 60).Select(i => $"number {i}\n"))); // more than one signal
        await ann.PrintsAsync("ann: number 59");
        var agent = await StartAsync("--as", "bot");
        Assert.Equal(Enumerable.Range(0, 60).Select(i => $"number {i}"), Agent.TextsOf(await agent.ReadAsync(("limit", 100))));
    }

    [Fact]
    public async Task An_agent_is_handed_what_was_said_talks_and_forgets_what_went_with_its_author()
    {
        var ann = Use(CliProcess.StartShell(Node.Address, "malten chat --user ann", keepsInput: true, ("MALTEN_LINK", _link.ToText())));
        await ann.WriteAsync("supper at eight\n");
        await ann.PrintsAsync("ann: supper at eight");
        var agent = await StartAsync("--as", "bot");
        var page = await agent.WaitAsync("0");
        Assert.Equal(["supper at eight"], Agent.TextsOf(page));
        await agent.SayAsync("I will be there");
        await ann.PrintsAsync("bot: I will be there");
        await ann.WriteAsync("bring bread\n");
        page = await agent.WaitAsync(Agent.PositionOf(page));
        Assert.Equal(["bring bread"], Agent.TextsOf(page));
        Assert.Equal(2, (await agent.CallAsync("who_is_there"))["listening"]!.GetValue<int>());
        ann.EndInput();
        await ann.EndAsync();
        ann.Done();
        JsonNode left;
        using (var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60)))
            while (Agent.TextsOf(left = await agent.ReadAsync()).Length > 1) await Task.Delay(10, limit.Token);
        Assert.Equal(["I will be there"], Agent.TextsOf(left));
        Assert.Contains(left["notes"]!.AsArray(), note => $"{note}".Contains("2 messages", StringComparison.Ordinal));
        Assert.Empty(await Client.ReadAsync(_link.Stream).ToListAsync());
    }

    [Fact]
    public async Task What_an_agent_said_goes_with_it()
    {
        var ann = Use(CliProcess.StartShell(Node.Address, "malten chat --user ann", keepsInput: true, ("MALTEN_LINK", _link.ToText())));
        await ann.WriteAsync("hello\n");
        await ann.PrintsAsync("ann: hello");
        var agent = await Agent.StartAsync(Node.Address, _link.ToText(), "--as", "bot");
        await using (agent)
        {
            await agent.SayAsync("hello");
            await ann.PrintsAsync("bot: hello");
        }

        await ann.TellsAsync("bot left, and one message with them");
    }

    private async Task<Agent> StartAsync(params string[] arguments) => Use(await Agent.StartAsync(Node.Address, _link.ToText(), arguments));
}
