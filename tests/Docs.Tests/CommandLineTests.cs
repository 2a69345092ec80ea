namespace Malten.Docs.Tests;

/// <summary>The shell blocks about the command <c>malten</c> do what the text says; that of installing it is tried by hand.</summary>
public sealed class CommandLineTests(Node node) : IDisposable
{
    private readonly Workspace _workspace = new(node.Address);

    [Fact]
    public async Task The_block_of_the_README()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The blocks need a shell.");
        var output = await _workspace.RunAsync(Block("README.md", "From .NET and from scripts"));
        Assert.EndsWith("bob: hello from a script\nhello from a script", output, StringComparison.Ordinal);
        Assert.Equal("hello from a script", await File.ReadAllTextAsync(_workspace.FullPath("message.txt")));
    }

    [Fact]
    public async Task The_block_of_the_page_about_the_command_line()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The blocks need a shell.");
        var output = await _workspace.RunAsync(Block("docs/client.md", "The command line"));
        Assert.Equal("1\n2\n3\n1 from counter\n2 from counter\n3 from counter\nann: supper at eight\n", output);
    }

    public void Dispose() => _workspace.Dispose();

    private static string Block(string page, string section) =>
        CodeBlock.In(Repository.Read(page)).Single(block => block.Section == section && block.Language == "sh").Code;
}
