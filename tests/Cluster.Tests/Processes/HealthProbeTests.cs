using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Malten.Testing;

namespace Malten.Cluster.Tests.Processes;

/// <summary><c>--health</c>, which a container's HEALTHCHECK runs: what counts is the exit code.</summary>
[Collection(nameof(SharedNodes))]
public sealed class HealthProbeTests
{
    [Theory]
    [InlineData("/healthz", 0)]
    [InlineData("/readyz", 0)]
    [InlineData("/nowhere", 1)]
    public async Task It_says_how_a_node_answers(string path, int code)
    {
        (int ExitCode, string Error) probe = default;
        await Eventually.IsSoAsync(async () => // a node that this machine has stopped for a second is not ready for a moment
        {
            probe = await RunAsync("--health", new Uri(SharedNodes.Addresses[0], path).ToString());
            return probe.ExitCode == code;
        });
        Assert.Equal((code, ""), probe);
    }

    [Fact]
    public async Task A_node_that_is_not_there_is_ill()
    {
        using var nobody = new Socket(SocketType.Stream, ProtocolType.Tcp);
        nobody.Bind(new IPEndPoint(IPAddress.Loopback, 0)); // bound, so that nobody else takes the port, and not listening
        var (exitCode, error) = await RunAsync("--health", $"http://{nobody.LocalEndPoint}/healthz");
        Assert.Equal(1, exitCode);
        Assert.NotEqual("", error);
    }

    [Fact]
    public async Task A_node_that_does_not_answer_is_ill_after_five_seconds()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var clock = Stopwatch.StartNew();
        var probing = RunAsync("--health", $"http://{silent.LocalEndpoint}/healthz");
        using var probe = await silent.AcceptSocketAsync();
        var asked = clock.Elapsed; // a busy machine takes its time to start a process
        while (await probe.ReceiveAsync(new byte[1024]) > 0) // until it gives up
        {
        }

        Assert.InRange(clock.Elapsed - asked, TimeSpan.Zero, TimeSpan.FromSeconds(15));
        Assert.Equal(1, (await probing).ExitCode);
        Assert.True(clock.Elapsed >= TimeSpan.FromSeconds(5));
    }

    [Theory]
    [InlineData]
    [InlineData("nonsense")]
    [InlineData("ftp://127.0.0.1/")]
    [InlineData("http://127.0.0.1/", "http://127.0.0.1/")]
    public async Task What_makes_no_sense_is_explained(params string[] addresses)
    {
        var (exitCode, error) = await RunAsync(["--health", .. addresses]);
        Assert.Equal(1, exitCode);
        Assert.NotEqual("", error);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal); // words, no stack
    }

    private static async Task<(int ExitCode, string Error)> RunAsync(params string[] args)
    {
        string[] command = [Path.Combine(AppContext.BaseDirectory, "Malten.Silo.dll"), .. args];
        using var probe = Process.Start(new ProcessStartInfo("dotnet", command) { RedirectStandardError = true })!;
        var error = await probe.StandardError.ReadToEndAsync();
        await probe.WaitForExitAsync();
        return (probe.ExitCode, error);
    }
}
