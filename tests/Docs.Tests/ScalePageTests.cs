using System.Diagnostics;

namespace Malten.Docs.Tests;

/// <summary>The tables of <c>docs/scale.md</c> are those that <c>bench/Scale</c> prints from the measured costs of <c>bench/README.md</c>.</summary>
public sealed class ScalePageTests
{
    private const string Project = "bench/Scale";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task Its_tables_are_those_of_the_program()
    {
        var program = Repository.FullPath($"{Project}/bin/Debug/net10.0/Malten.Bench.Scale.dll");
        if (IsOlderThanItsSource(program)) await RunAsync("build", Repository.FullPath(Project), "-v", "q", "-nologo"); // ./test has built it
        var tables = (await RunAsync(program, Repository.FullPath("bench/README.md"))).Trim().Split("\n\n");
        Assert.Equal(4, tables.Length);
        Assert.Equal(tables, Tables(Repository.Read("docs/scale.md")));
    }

    /// <summary>The tables of a page in Markdown, without the lines around them.</summary>
    private static IEnumerable<string> Tables(string page) =>
        page.Split("\n\n").Select(block => block.Trim()).Where(block => block.StartsWith("| ", StringComparison.Ordinal));

    private static bool IsOlderThanItsSource(string program) => !File.Exists(program)
        || Repository.Files(Project, "*.cs").Any(file => File.GetLastWriteTimeUtc(Repository.FullPath(file)) > File.GetLastWriteTimeUtc(program));

    private static async Task<string> RunAsync(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true })!;
        using var limit = new CancellationTokenSource(Patience);
        var output = await process.StandardOutput.ReadToEndAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);
        Assert.True(process.ExitCode == 0, output);
        return output.ReplaceLineEndings("\n");
    }
}
