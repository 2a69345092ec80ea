namespace Malten.Membership;

/// <summary>
/// Which register this is. A new generation begins empty, and only when a majority of the seeds remembers nothing:
/// at the first start, or after a majority lost its memory at once. Two generations are the same only if both parts are.
/// </summary>
/// <param name="Number">
/// Above every number its founders could learn of, and not below the founder's clock in milliseconds since 1970. It tells
/// people which came later; nothing depends on it, because survivors may have been out of reach and clocks differ.
/// </param>
/// <param name="Id">Random: what tells generations apart.</param>
public readonly record struct Generation(long Number, Guid Id)
{
    /// <summary>The number and the start of the id, for people.</summary>
    public override string ToString() => $"{Number}-{Id.ToString("N")[..8]}";
}
