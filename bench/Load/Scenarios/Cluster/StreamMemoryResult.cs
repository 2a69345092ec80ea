namespace Malten.Bench.Load.Scenarios;

/// <summary>
/// The resident memory of all nodes before and after many streams were begun: once while the nodes idled, and again after
/// each node had collected its garbage.
/// </summary>
internal sealed record StreamMemoryResult(int Streams, long IdleBefore, long CollectedBefore, long IdleAfter, long CollectedAfter)
{
    public double IdlePerStream => (IdleAfter - IdleBefore) / (double)Streams;

    public double CollectedPerStream => (CollectedAfter - CollectedBefore) / (double)Streams;

    public override string ToString() =>
        $"{Streams:N0} streams: {IdlePerStream / 1024:N1} KB a stream as it is, {CollectedPerStream / 1024:N1} KB after a collection";
}
