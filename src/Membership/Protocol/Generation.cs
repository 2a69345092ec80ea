namespace Malten.Membership.Protocol;

/// <summary>
/// Identifies one lifetime of the register. A generation begins empty, and only when a majority of the seeds has no
/// memory: at the first start, or after a majority lost its memory at the same time. Two generations are equal only if
/// both parts are.
/// </summary>
/// <param name="Number">
/// Greater than every generation number its founder heard of, and at least the founder's clock in milliseconds since
/// 1970. It tells people which generation came later. The protocol does not depend on it, because survivors may have
/// been unreachable and clocks differ.
/// </param>
/// <param name="Id">Random. Tells generations apart.</param>
public readonly record struct Generation(long Number, Guid Id)
{
    /// <summary>The number and the first eight digits of the id, for people to read.</summary>
    public override string ToString() => $"{Number}-{Id.ToString("N")[..8]}";
}
