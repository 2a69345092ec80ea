using System.Diagnostics;
using Malten.Bench.Load.Engine;

namespace Malten.Bench.Load.Servers;

/// <summary>Starts the servers that are published .NET programs.</summary>
internal static class DotnetServer
{
    /// <summary>Starts Malten's gateway, with raised limits where the load program is a single client.</summary>
    public static ServerProcess StartMalten(string program, bool isLifted = true)
    {
        var (port, start) = Prepare(program);
        if (isLifted) Lift(start);
        return ServerProcess.Start("Malten", new MaltenDialect(), port, start);
    }

    /// <summary>Starts one silo with the same limits. Does not wait for it, because it may wait for others.</summary>
    public static ServerProcess LaunchSilo(string program, int siloPort, string seeds, bool isLifted = true)
    {
        var (port, start) = Prepare(program);
        if (isLifted) Lift(start);
        foreach (var argument in (string[])["--port", $"{siloPort}", "--seeds", seeds, "--advertise", "127.0.0.1"])
            start.ArgumentList.Add(argument);
        // SIGKILL, because the last silo of a cluster would try to hand over until its limit.
        return ServerProcess.Launch("silo", new MaltenDialect(), port, start, Libc.KillNow);
    }

    /// <summary>Starts an endpoint on the same web server that accepts posts and does nothing.</summary>
    public static ServerProcess StartEmptyPost(string program)
    {
        var (port, start) = Prepare(program);
        return ServerProcess.Start("empty POST", new EmptyPostDialect(), port, start);
    }

    private static void Lift(ProcessStartInfo start)
    {
        string[] limits =
        [
            "PostsPerSecondPerClient", "PostsPerSecondPerClientAndStream", "PostBurstPerClientAndStream", "RequestsPerSecondWhenBusy",
            "ListenersPerClient", "MaxStreams", "MaxConnections",
        ];
        foreach (var limit in limits)
            start.Environment[$"Malten__{limit}"] = "10000000";
        start.Environment["Malten__MaxMemoryMegabytes"] = "4096";
    }

    private static (int Port, ProcessStartInfo Start) Prepare(string program)
    {
        var port = ServerProcess.FreePort();
        var start = new ProcessStartInfo("dotnet", [Path.GetFullPath(program), "--urls", $"http://127.0.0.1:{port}"])
        {
            WorkingDirectory = Path.GetDirectoryName(Path.GetFullPath(program)),
        };
        start.Environment["Logging__LogLevel__Default"] = "Warning";
        return (port, start);
    }
}
