namespace Malten.Membership.Protocol;

/// <summary>
/// The number of one attempt by one proposer. No two attempts share a ballot, and ballots are ordered.
/// </summary>
/// <param name="Number">Greater than every number the proposer has seen.</param>
/// <param name="Proposer">The proposer's random id, which breaks ties.</param>
internal readonly record struct Ballot(long Number, Guid Proposer) : IComparable<Ballot>
{
    /// <summary>Lower than every proposer's ballot: nothing was promised or accepted.</summary>
    public static Ballot Zero => default;

    public int CompareTo(Ballot other) =>
        Number != other.Number ? Number.CompareTo(other.Number) : Proposer.CompareTo(other.Proposer);

    public static bool operator <(Ballot left, Ballot right) => left.CompareTo(right) < 0;

    public static bool operator >(Ballot left, Ballot right) => left.CompareTo(right) > 0;

    public static bool operator <=(Ballot left, Ballot right) => left.CompareTo(right) <= 0;

    public static bool operator >=(Ballot left, Ballot right) => left.CompareTo(right) >= 0;
}
