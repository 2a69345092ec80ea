namespace Malten.Cli.Tests;

/// <summary>What is said to whoever makes a mistake on the command line.</summary>
public sealed class UsageTests : CliTests
{
    [Theory]
    [InlineData("'there'", "post", "s", "hi", "there")]
    [InlineData("'--id'.", "post", "s", "hi", "--id", "rubbish")]
    [InlineData("'--timeout'.", "listen", "s", "--timeout", "soon")]
    [InlineData("exclude each other.", "listen", "s", "--all", "--after", "3")]
    [InlineData("'nonsense'", "nonsense")]
    public async Task A_mistake_is_told_in_a_line_or_two_and_nothing_is_done(string told, params string[] arguments)
    {
        var process = await RunAsync(arguments);
        Assert.Equal((2, ""), (process.ExitCode, process.Output));
        Assert.Contains(told, process.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", process.Errors, StringComparison.Ordinal);
        Assert.Contains("--help'.", process.Errors, StringComparison.Ordinal);
        Assert.InRange(process.Errors.Count(one => one == '\n'), 2, 3);
        Assert.Empty(await Client.ReadAsync("s").ToListAsync());
    }

    [Theory]
    [InlineData("post", "", "secret")]
    [InlineData("listen", "")]
    [InlineData("listen", "s", "")]
    [InlineData("on", " ", "--", "true")]
    [InlineData("ask", "", "Well?")]
    [InlineData("chat", "")]
    [InlineData("mcp", "")]
    public async Task A_name_that_is_empty_names_no_stream(params string[] arguments) // as of a variable that is not set: "$room"
    {
        var process = await RunAsync(arguments);
        Assert.Equal((2, "", "malten: A stream's name is empty.\n"), (process.ExitCode, process.Output, process.Errors));
        Assert.Empty(await Client.ReadAsync("_").ToListAsync());
    }
}
