using System.Diagnostics.Tracing;
using Microsoft.Diagnostics.NETCore.Client;

namespace Malten.Bench.Load.Servers;

/// <summary>What a .NET process can be asked from outside: here, to collect its garbage.</summary>
internal static class DiagnosticPort
{
    // The runtime makes a full collection when somebody begins to trace it with this keyword (CLR ETW keywords).
    private const long GCHeapCollect = 0x800000;

    private static readonly TimeSpan Collection = TimeSpan.FromSeconds(1);

    /// <summary>Has a process make a full, blocking collection, and returns when that should be done.</summary>
    public static void CollectGarbage(int process)
    {
        using var trace = new DiagnosticsClient(process).StartEventPipeSession(
            new EventPipeProvider("Microsoft-Windows-DotNETRuntime", EventLevel.Informational, GCHeapCollect), requestRundown: false);
        Thread.Sleep(Collection);
        var reading = trace.EventStream.CopyToAsync(Stream.Null); // the process ends the trace once all of it was read
        trace.Stop();
        reading.Wait();
    }
}
