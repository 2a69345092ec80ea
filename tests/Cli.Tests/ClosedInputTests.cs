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
