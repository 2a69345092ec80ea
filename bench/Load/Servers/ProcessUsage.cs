using System.Globalization;
using Malten.Bench.Load.Engine;

namespace Malten.Bench.Load.Servers;

/// <summary>Processor time and memory of a process and its children, from <c>/proc</c>.</summary>
internal sealed class ProcessUsage
{
    private readonly List<int> _processes;

    /// <summary>The usage of a process and, if wanted, of its current children.</summary>
    public ProcessUsage(int process, bool withChildren = true)
    {
        _processes = [process];
        if (!withChildren) return;
        var parents = Directory.EnumerateDirectories("/proc")
            .Select(path => int.TryParse(Path.GetFileName(path), CultureInfo.InvariantCulture, out var id) ? id : 0)
            .Where(id => id != 0)
            .Select(id => (Id: id, Fields: Fields(id)))
            .Where(entry => entry.Fields.Length > 1)
            .ToLookup(entry => int.Parse(entry.Fields[1], CultureInfo.InvariantCulture), entry => entry.Id);
        for (var i = 0; i < _processes.Count; i++) _processes.AddRange(parents[_processes[i]]);
    }

    /// <summary>The usage of several processes together.</summary>
    public ProcessUsage(IEnumerable<ProcessUsage> all) => _processes = [.. all.SelectMany(one => one._processes)];

    /// <summary>User and system time of all of them.</summary>
    public double CpuSeconds => _processes.Sum(id => Fields(id) is { Length: > 12 } fields
        ? (Number(fields[11]) + Number(fields[12])) / Libc.TicksPerSecond
        : 0);

    /// <summary>Resident memory of all of them in bytes; pages that they share count in each.</summary>
    public long ResidentBytes => _processes.Sum(id => Fields(id) is { Length: > 21 } fields
        ? (long)Number(fields[21]) * Environment.SystemPageSize
        : 0);

    // The fields after the name, which is in parentheses and may contain spaces: state, parent …
    private static string[] Fields(int process)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{process}/stat");
            return stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return []; // the process has ended
        }
    }

    private static double Number(string field) => double.Parse(field, CultureInfo.InvariantCulture);
}
