using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Malten.Testing.Nodes;

namespace Malten.Cluster.Tests.Processes;

/// <summary>A node that is asked to stop before it has joined the cluster, or in the moment in which it joins.</summary>
public sealed class StoppedStartTests
{
    [Theory]
    [InlineData(0)] // its port for other silos
    [InlineData(1)] // that for gateways, which it opens later
    public async Task It_ends_in_good_order(int listensAt)
    {
        var port = FreePorts.Find(1, 4)[0];
        var silo = Foreground.Command([
            "dotnet", Path.Combine(AppContext.BaseDirectory, "Malten.Silo.dll"), "--urls", $"http://127.0.0.1:{port + 3}",
            "--port", $"{port}", "--seeds", $"127.0.0.1:{port}", "--advertise", "127.0.0.1"]);
        silo.RedirectStandardError = true;
        using var node = Process.Start(silo)!;
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!await ListensAsync(port + listensAt, patience.Token)) await Task.Delay(5, patience.Token);
        using var kill = Process.Start("kill", ["-TERM", node.Id.ToString(CultureInfo.InvariantCulture)]);
        var error = await node.StandardError.ReadToEndAsync(patience.Token);
        await node.WaitForExitAsync(patience.Token);
        Assert.Equal(0, node.ExitCode);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal); // words, no stack
    }

    private static async Task<bool> ListensAsync(int port, CancellationToken cancellationToken)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
