using Malten.Bench.Load.Engine;
using Malten.Bench.Load.Servers;

namespace Malten.Bench.Load.Scenarios;

/// <summary>Opens many listeners on a fresh server, posts nothing, and looks at the server's memory before and after.</summary>
internal static class IdleRun
{
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(4);

    public static IdleResult Measure(ServerProcess server, int listeners)
    {
        Hold(server, 10); // what the server loads for its first listener is not a cost per listener
        var before = server.Usage.ResidentBytes;
        var after = Hold(server, listeners);
        return new IdleResult(server.Name, listeners, before, after);
    }

    private static long Hold(ServerProcess server, int count)
    {
        using var reactor = new Reactor("idle", count);
        reactor.Start();
        var group = new ListenerGroup(server, "idle", 0, new Progress(count), new MeasuringWindow());
        group.Open(count, [reactor], () => { });
        Thread.Sleep(Settling);
        return server.Usage.ResidentBytes;
    }
}
