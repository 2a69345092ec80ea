using System.Text.Json;
using Malten.Client;

namespace Malten.Cli.Tests;

/// <summary><c>malten streams</c> and <c>malten ask</c>.</summary>
public sealed class StreamsTests : CliTests
{
    [Fact]
    public async Task Streams_are_listed_as_lines_json_and_a_table()
    {
        await Client.BeginStreamAsync(new BeginStreamOptions { Stream = "news", Ttl = TimeSpan.FromMinutes(1) });
        await Client.PostAsync("news", "hello");
        while ((await Client.ListStreamsAsync("news"))[0].Messages == 0) await Task.Yield(); // a list may be a second old
        Assert.Equal("news\t1\t0\t60\n", (await RunAsync("streams", "--prefix", "new")).Done().Output);
        var json = JsonDocument.Parse((await RunAsync("streams", "--prefix", "new", "--json")).Done().Output).RootElement;
        Assert.Equal(("news", 1, 60), (json.GetProperty("Stream").GetString(), json.GetProperty("Messages").GetInt32(), json.GetProperty("Ttl").GetInt32()));
        Assert.Equal("", (await RunAsync("streams", "--prefix", "nothing")).Done().Output);
        Assert.Equal(1, (await RunAsync("streams", "--limit", "0")).ExitCode);
    }

    [Fact]
    public async Task On_a_terminal_the_table_lives_until_Ctrl_C()
    {
        await Client.BeginStreamAsync(new BeginStreamOptions { Stream = "one" });
        var watch = Terminal("malten streams --watch", ("COLUMNS", "80"));
        await watch.PrintsAsync("one");
        await Client.BeginStreamAsync(new BeginStreamOptions { Stream = "two" });
        await watch.PrintsAsync("two");
        await watch.WriteAsync("\x03");
        await watch.EndAsync();
        Assert.Equal(130, watch.ExitCode);
        Assert.DoesNotContain("   at ", watch.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_who_answers_has_exit_code_4()
    {
        var ask = await RunAsync("ask", "s", "Is anybody there?", "--wait", "1");
        Assert.Equal((4, "", "malten: Nothing has answered in time.\n"), (ask.ExitCode, ask.Output, ask.Errors));
        Assert.Equal(1, (await RunAsync("ask", "s", " ")).ExitCode);
    }
}
