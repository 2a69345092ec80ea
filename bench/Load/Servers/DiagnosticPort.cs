using System.Diagnostics.Tracing;
using Microsoft.Diagnostics.NETCore.Client;

namespace Malten.Bench.Load.Servers;

/// <summary>A .NET process's diagnostic port, used here to trigger a garbage collection.</summary>
internal static class DiagnosticPort
{
    // The runtime makes a full collection when a trace with this keyword starts (CLR ETW keywords).
    private const long GCHeapCollect = 0x800000;

    private static readonly TimeSpan Collection = TimeSpan.FromSeconds(1);

    /// <summary>Makes a process do a full, blocking collection, and returns when that should have finished.</summary>
    public static void CollectGarbage(int process)
    {
        using var trace = new DiagnosticsClient(process).StartEventPipeSession(
            new EventPipeProvider("Microsoft-Windows-DotNETRuntime", EventLevel.Informational, GCHeapCollect), requestRundown: false);
        Thread.Sleep(Collection);
        var reading = trace.EventStream.CopyToAsync(Stream.Null); // the trace ends once all of it has been read
        trace.Stop();
        reading.Wait();
    }
}
