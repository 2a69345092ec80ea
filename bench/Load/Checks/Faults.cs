namespace Malten.Bench.Load.Checks;

/// <summary>Faults in the delivery to listeners.</summary>
/// <param name="Lost">Messages posted and never received, summed over listeners.</param>
/// <param name="Repeated">Messages received more than once.</param>
/// <param name="OutOfOrder">Messages received after a later one of the same publisher.</param>
/// <param name="Differing">Listeners that saw a different order from the others.</param>
/// <param name="Gaps">Gap events.</param>
/// <param name="Disconnected">Listeners that the server disconnected.</param>
internal readonly record struct Faults(
    long Lost, long Repeated, long OutOfOrder, int Differing, long Gaps, int Disconnected)
{
    public bool IsNone => this == default;

    public static Faults Of(IReadOnlyCollection<SequenceCheck> checks, long[] posted, long gaps, int disconnected) => new(
        checks.Sum(check => check.Lost(posted)),
        checks.Sum(check => check.Repeated),
        checks.Sum(check => check.OutOfOrder),
        checks.Count(check => check.Differs) + DifferingAtTheEnd(checks),
        gaps,
        disconnected);

    public static Faults operator +(Faults left, Faults right) => new(
        left.Lost + right.Lost, left.Repeated + right.Repeated, left.OutOfOrder + right.OutOfOrder,
        left.Differing + right.Differing, left.Gaps + right.Gaps, left.Disconnected + right.Disconnected);

    public override string ToString() => IsNone
        ? "none"
        : $"{Lost} lost, {Repeated} repeated, {OutOfOrder} out of order, {Differing} listeners in another order, "
            + $"{Gaps} gaps, {Disconnected} disconnected";

    // The last messages come after the last comparison, so listeners with equal counts are compared here.
    private static int DifferingAtTheEnd(IEnumerable<SequenceCheck> checks) => checks
        .Where(check => check is { Hash: not null, Differs: false })
        .GroupBy(check => check.Received)
        .Sum(group => group.Count() - group.GroupBy(check => check.Hash).Max(same => same.Count()));
}
