using System.Globalization;
using System.Runtime.InteropServices;

namespace Malten.Bench.Load.Scenarios;

/// <summary>Facts about the machine that are needed to interpret figures measured on it.</summary>
internal static class MachineFacts
{
    public static void Write(TextWriter report, string? nginx)
    {
        report.WriteLine($"Measured {DateTime.UtcNow.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)} UTC on "
            + $"{Environment.ProcessorCount} cores of {Processor()}, shared by the server and the load program; "
            + $"{GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 30} GB of memory; {Kernel()}; "
            + $"{RuntimeInformation.FrameworkDescription}; {(nginx is null ? "no nchan" : $"{nginx} with nchan")}; "
            + $"load average at the start {File.ReadAllText("/proc/loadavg").Split(' ')[0]}.");
        report.WriteLine();
    }

    private static string Processor() =>
        File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?
            .Split(':')[1].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString();

    private static string Kernel() => "Linux " + File.ReadAllText("/proc/sys/kernel/osrelease").Trim();
}
