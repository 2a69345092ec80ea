using System.Runtime.InteropServices;

namespace Malten.Bench.Load.Engine;

/// <summary>A span of time as the kernel takes it.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct TimeSpec(long Seconds, long Nanoseconds)
{
    public static TimeSpec FromNanoseconds(long nanoseconds) =>
        new(nanoseconds / 1_000_000_000, nanoseconds % 1_000_000_000);
}
