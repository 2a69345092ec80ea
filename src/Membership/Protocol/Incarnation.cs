namespace Malten.Membership;

/// <summary>
/// One life of a seed's memory. Within a generation, an incarnation that takes part is greater than every earlier one of
/// the same seed that did: the others refuse to help one that is not, and it raises its number.
/// </summary>
/// <param name="Number">From 1; learnt from the others during recovery, since the seed itself has forgotten.</param>
/// <param name="Id">Random: also the nonce of the recovery, so that answers to an earlier life do not count.</param>
internal readonly record struct Incarnation(long Number, Guid Id) : IComparable<Incarnation>
{
    /// <summary>No life known.</summary>
    public static Incarnation None => default;

    public int CompareTo(Incarnation other) =>
        Number != other.Number ? Number.CompareTo(other.Number) : Id.CompareTo(other.Id);

    public static bool operator <(Incarnation left, Incarnation right) => left.CompareTo(right) < 0;

    public static bool operator >(Incarnation left, Incarnation right) => left.CompareTo(right) > 0;

    public static bool operator <=(Incarnation left, Incarnation right) => left.CompareTo(right) <= 0;

    public static bool operator >=(Incarnation left, Incarnation right) => left.CompareTo(right) >= 0;
}
