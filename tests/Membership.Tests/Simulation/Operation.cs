using Malten.Membership.Registers;

namespace Malten.Membership.Tests.Simulation;

/// <summary>A call with its start, end and result. It has no end if its process crashed.</summary>
internal sealed class Operation(int id, int host, long start)
{
    public int Id => id;

    public long Start => start;

    public long End { get; set; } = long.MaxValue;

    public RegisterResult? Result { get; set; }

    public int[] Value => Result?.Value is { } bytes ? History.Read(bytes) : [];

    public override string ToString() =>
        $"#{id} host {host} {Milliseconds(start)}..{(End == long.MaxValue ? "-" : Milliseconds(End))} ms: "
        + $"{Result?.Outcome} {Result?.Generation} [{string.Join(' ', Value)}]";

    private static long Milliseconds(long ticks) =>
        ticks % (1000 * TimeSpan.TicksPerSecond) / TimeSpan.TicksPerMillisecond;
}
