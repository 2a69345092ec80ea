using System.Globalization;

namespace Malten.Testing.Nodes;

/// <summary>
/// The wall clock of one node, which may be wrong and may jump; its monotonic clock stays right. Needs libfaketime (Debian's
/// package <c>libfaketime</c>), which the node's process loads: https://github.com/wolfcw/libfaketime.
/// </summary>
public sealed class WallClock : IDisposable
{
    private static readonly string[] Places =
        ["/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1", "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1"];

    private readonly string _offset = Path.GetTempFileName();

    /// <summary>Makes a clock that is off by this much.</summary>
    public WallClock(TimeSpan offset) => Set(offset);

    /// <summary>Why clocks cannot be changed here; null when they can.</summary>
    public static string? Missing => Places.Any(File.Exists) ? null : "libfaketime is not installed";

    /// <summary>The environment of a process that sees this clock.</summary>
    internal IReadOnlyDictionary<string, string> Variables => new Dictionary<string, string>
    {
        ["LD_PRELOAD"] = Places.First(File.Exists),
        ["FAKETIME_TIMESTAMP_FILE"] = _offset,
        ["FAKETIME_CACHE_DURATION"] = "1", // seconds until a jump is seen; without a cache each look at the clock opens the file
        ["FAKETIME_DONT_FAKE_MONOTONIC"] = "1",
    };

    /// <summary>The clock jumps: from now on it is off by this much.</summary>
    public void Set(TimeSpan offset)
    {
        // Renamed into place, so that nobody reads half of it.
        var next = $"{_offset}.next";
        File.WriteAllText(next, offset.TotalSeconds.ToString("+0.000;-0.000", CultureInfo.InvariantCulture));
        File.Move(next, _offset, overwrite: true);
    }

    /// <inheritdoc/>
    public void Dispose() => File.Delete(_offset);
}
