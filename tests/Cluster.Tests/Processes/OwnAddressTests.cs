using System.Diagnostics;
using System.Globalization;

namespace Malten.Cluster.Tests.Processes;

/// <summary>A silo looks for its own address before it starts, and can be told to stop while it does.</summary>
public sealed class OwnAddressTests
{
    // Longer than a label of a name may be, so it is never resolved and no name server is asked.
    private static readonly string Unresolvable = new('x', 70);

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public async Task A_node_that_waits_for_its_name_stops_when_asked_to(string signal)
    {
        using var node = Start("--advertise", Unresolvable);
        var said = "";
        while (!said.Contains("Finding this node's own address", StringComparison.Ordinal))
            said = await node.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("It has ended.");
        using var kill = Process.Start("kill", [$"-{signal}", node.Id.ToString(CultureInfo.InvariantCulture)]);
        await node.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(10)); // it would look for 20 s
        Assert.Equal(0, node.ExitCode);
    }

    [Theory]
    [InlineData("Malten:Cluster:Seeds", "--seeds", "one:two")]
    [InlineData("Malten:Cluster:Role", "--role", "chief")]
    public async Task Settings_that_are_wrong_are_named_before_it_looks(string named, params string[] args)
    {
        using var node = Start(["--advertise", Unresolvable, .. args]);
        var error = await node.StandardError.ReadToEndAsync();
        await node.WaitForExitAsync();
        Assert.Equal(1, node.ExitCode);
        Assert.StartsWith("Malten can't start: ", error, StringComparison.Ordinal);
        Assert.Contains(named, error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal); // words, no stack
    }

    private static Process Start(params string[] args)
    {
        var silo = Foreground.Command(["dotnet", Path.Combine(AppContext.BaseDirectory, "Malten.Silo.dll"), "--urls", "http://127.0.0.1:0", .. args]);
        silo.RedirectStandardOutput = silo.RedirectStandardError = true;
        return Process.Start(silo)!;
    }
}
