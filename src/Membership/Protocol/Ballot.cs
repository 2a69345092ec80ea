namespace Malten.Membership;

/// <summary>The number of one attempt of one proposer; no two attempts share it, and all are ordered.</summary>
/// <param name="Number">Raised above every number the proposer has seen.</param>
/// <param name="Proposer">Random, one a proposer: breaks ties.</param>
internal readonly record struct Ballot(long Number, Guid Proposer) : IComparable<Ballot>
{
    /// <summary>Below every ballot of a proposer: nothing promised, nothing accepted.</summary>
    public static Ballot Zero => default;

    public int CompareTo(Ballot other) =>
        Number != other.Number ? Number.CompareTo(other.Number) : Proposer.CompareTo(other.Proposer);

    public static bool operator <(Ballot left, Ballot right) => left.CompareTo(right) < 0;

    public static bool operator >(Ballot left, Ballot right) => left.CompareTo(right) > 0;

    public static bool operator <=(Ballot left, Ballot right) => left.CompareTo(right) <= 0;

    public static bool operator >=(Ballot left, Ballot right) => left.CompareTo(right) >= 0;

    public static Ballot Max(Ballot left, Ballot right) => left > right ? left : right;
}
