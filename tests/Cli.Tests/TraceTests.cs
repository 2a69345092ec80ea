using System.Text.Json;
using Malten.Client;

namespace Malten.Cli.Tests;

/// <summary>Streams that leave no trace on the command line: a chat takes part, <c>listen</c> hears, and <c>post</c> says why it can't.</summary>
public sealed class TraceTests : CliTests
{
    private readonly TraceLink _link = TraceLink.New("family");

    [Fact]
    public async Task Two_chats_hand_over_what_was_said_and_take_it_along()
    {
        var ann = Chat("ann");
        await ann.WriteAsync("supper at eight\n");
        await ann.PrintsAsync("ann: supper at eight");
        var bob = Chat("bob");
        await bob.PrintsAsync("ann: supper at eight");
        await bob.WriteAsync("I will be there\n");
        await ann.PrintsAsync("bob: I will be there");
        bob.EndInput();
        await bob.EndAsync();
        bob.Done();
        await ann.TellsAsync("bob left, and one message with them");
        Assert.Empty(await Client.ReadAsync(_link.Stream).ToListAsync());
        ann.EndInput();
        await ann.EndAsync();
        ann.Done();
    }

    [Fact]
    public async Task Whoever_listens_hears_what_is_said_now_or_with_all_also_what_was()
    {
        var ann = Chat("ann");
        await ann.WriteAsync("from before\n");
        await ann.PrintsAsync("from before");
        var heard = (await RunAsync("listen", _link.ToText(), "--all", "--count", "1", "--json")).Done().Output.Trim().Split('\n');
        var all = JsonDocument.Parse(heard.Single(line => line.Contains("\"HandedOver\"", StringComparison.Ordinal))).RootElement; // beside news of others
        Assert.Equal(("from before", "ann", true),
            (all.GetProperty("Text").GetString(), all.GetProperty("User").GetString(), all.GetProperty("HandedOver").GetBoolean()));
        var listener = Use(CliProcess.StartShell(Node.Address, "malten listen --link --json --count 1", keepsInput: true, ("MALTEN_LINK", _link.ToText())));
        while ((await Client.GetPresenceAsync(_link.Stream)).Observers < 2) await Task.Delay(20);
        await ann.WriteAsync("and now\n");
        await listener.EndAsync();
        var now = JsonDocument.Parse(listener.Done().Output.Trim().Split('\n')[^1]).RootElement;
        Assert.Equal(("and now", false), (now.GetProperty("Text").GetString(), now.TryGetProperty("HandedOver", out _)));
        ann.EndInput();
        await ann.EndAsync();
    }

    [Fact]
    public async Task What_makes_no_sense_there_is_refused_and_nothing_is_sent()
    {
        var posted = await RunAsync("post", _link.ToText(), "not for the server");
        Assert.Equal(2, posted.ExitCode);
        Assert.Contains("malten chat", posted.Errors, StringComparison.Ordinal);
        Assert.Equal(2, (await RunAsync("listen", _link.ToText(), "--after", "1795219513081506816")).ExitCode);
        Assert.Equal(2, (await RunAsync("listen", _link.ToText(), "--user", "ann")).ExitCode);
        Assert.Empty(await Client.ReadAsync(_link.Stream).ToListAsync());
    }

    [Fact]
    public async Task A_link_is_made_and_inspected_without_its_key()
    {
        var made = (await RunAsync("link", "new", "family matters", "--trace")).Done().Output.Trim();
        Assert.Equal(("family matters", Node.Address), TraceLink.Parse(made) is var link ? (link.Label, link.Node) : default);
        var shown = (await RunAsync("link", "show", made)).Done().Output;
        Assert.Contains("leaves no trace", shown, StringComparison.Ordinal);
        Assert.DoesNotContain(made[^48..], shown, StringComparison.Ordinal);
        var json = JsonDocument.Parse((await RunAsync("link", "show", "--json", made)).Done().Output).RootElement;
        Assert.Equal(("trace", "family matters"), (json.GetProperty("Kind").GetString(), json.GetProperty("Label").GetString()));
    }

    private CliProcess Chat(string user) =>
        Use(CliProcess.StartShell(Node.Address, $"malten chat --user {user}", keepsInput: true, ("MALTEN_LINK", _link.ToText())));
}
