using System.Diagnostics;

namespace Malten.Bench.Load.Servers;

/// <summary>The servers that are published .NET programs.</summary>
internal static class DotnetServer
{
    /// <summary>Malten's gateway, with the limits lifted that are there to keep one client from doing what a load program does.</summary>
    public static ServerProcess StartMalten(string program)
    {
        var (port, start) = Prepare(program);
        foreach (var limit in (string[])["PostsPerSecondPerClient", "ListenersPerClient"])
            start.Environment[$"Malten__{limit}"] = "10000000";
        return ServerProcess.Start("Malten", new MaltenDialect(), port, start);
    }

    /// <summary>An endpoint on the same web server that takes posts and does nothing.</summary>
    public static ServerProcess StartEmptyPost(string program)
    {
        var (port, start) = Prepare(program);
        return ServerProcess.Start("empty POST", new EmptyPostDialect(), port, start);
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
