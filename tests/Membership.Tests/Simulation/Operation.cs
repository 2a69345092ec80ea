namespace Malten.Membership.Tests.Simulation;

/// <summary>A call, from when to when, and what it brought; without an end if its process died.</summary>
internal sealed class Operation(int id, int host, long start)
{
    public int Id => id;

    public long Start => start;

    public long End { get; set; } = long.MaxValue;

    public RegisterResult? Result { get; set; }

    public int[] Value => Result?.Value is { } bytes ? History.Read(bytes) : [];

    public override string ToString() =>
        $"#{id} host {host} {start % 10_000_000_000 / 10_000}..{(End == long.MaxValue ? "-" : End % 10_000_000_000 / 10_000)} ms: "
        + $"{Result?.Outcome} {Result?.Generation} [{string.Join(' ', Value)}]";
}
