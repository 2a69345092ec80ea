using Malten.Client;

namespace Malten.Cli.Tests;

/// <summary>Standard input and output that were closed before the program began, as some daemons do.</summary>
public sealed class ClosedInputTests : CliTests
{
    [Theory]
    [InlineData("malten post s <&-")]
    [InlineData("malten post s --lines <&-")]
    [InlineData("malten chat s <&-")]
    [InlineData("malten mcp s <&-")]
    public async Task Whatever_reads_says_that_its_input_is_closed(string line)
    {
        var process = Use(CliProcess.StartShell(Node.Address, line));
        await process.EndAsync();
        Assert.Equal((1, ""), (process.ExitCode, process.Output));
        Assert.StartsWith("malten: Standard input is closed", process.Errors, StringComparison.Ordinal);
        Assert.Empty(await Client.ReadAsync("s").ToListAsync());
    }

    [Theory]
    [InlineData("malten pipe --link <&-", "input")]
    [InlineData("malten chat --yes <&-", "input")]
    [InlineData("malten chat --yes >&-", "output")]
    [InlineData("malten mcp --yes <&-", "input")]
    [InlineData("malten mcp --yes >&-", "output")]
    public async Task A_link_that_opens_once_still_opens_after_it(string line, string closed)
    {
        await using var pipe = await Client.InviteAsync();
        var opened = pipe.ListenAsync().OfType<PipeOpened>().FirstAsync();
        var process = Use(CliProcess.StartShell(Node.Address, line, keepsInput: true, ("MALTEN_LINK", pipe.Link!.ToText())));
        await process.EndAsync();
        Assert.Equal((1, ""), (process.ExitCode, process.Output));
        Assert.StartsWith($"malten: Standard {closed} is closed", process.Errors, StringComparison.Ordinal);
        Assert.NotNull(pipe.Link); // nobody has used it
        await using var other = Client.Join(pipe.Link);
        Assert.NotNull(await other.ListenAsync().OfType<PipeOpened>().FirstAsync());
        await opened;
    }

    [Fact]
    public async Task Whatever_reads_or_writes_nothing_does_without()
    {
        var posting = Use(CliProcess.StartShell(Node.Address, "malten post s hi <&- >&-"));
        await posting.EndAsync();
        Assert.Equal((0, ""), (posting.ExitCode, posting.Errors));
        var listening = Use(CliProcess.StartShell(Node.Address, "malten listen s --all --count 1 <&-"));
        await listening.EndAsync();
        Assert.Equal("hi\n", listening.Done().Output);
        var deaf = Use(CliProcess.StartShell(Node.Address, "malten listen s --all --count 1 <&- >&-"));
        await deaf.EndAsync();
        Assert.Equal((1, "malten: Standard output is closed.\n"), (deaf.ExitCode, deaf.Errors));
    }
}
