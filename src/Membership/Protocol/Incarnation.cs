namespace Malten.Membership.Protocol;

/// <summary>
/// One life of a seed's memory, from a start to the next loss. Within a generation, an incarnation that takes part is
/// greater than every earlier one of the same seed that took part: the other seeds refuse to restore an incarnation
/// that is not, and the seed then raises its number.
/// </summary>
/// <param name="Number">
/// Starts at 1. During recovery the seed learns from the others which number it needs, since it has lost its own.
/// </param>
/// <param name="Id">
/// Random. It is also the nonce of the recovery: replies to an earlier incarnation do not count.
/// </param>
internal readonly record struct Incarnation(long Number, Guid Id) : IComparable<Incarnation>
{
    /// <summary>No incarnation is known.</summary>
    public static Incarnation None => default;

    public int CompareTo(Incarnation other) =>
        Number != other.Number ? Number.CompareTo(other.Number) : Id.CompareTo(other.Id);

    public static bool operator <(Incarnation left, Incarnation right) => left.CompareTo(right) < 0;

    public static bool operator >(Incarnation left, Incarnation right) => left.CompareTo(right) > 0;

    public static bool operator <=(Incarnation left, Incarnation right) => left.CompareTo(right) <= 0;

    public static bool operator >=(Incarnation left, Incarnation right) => left.CompareTo(right) >= 0;
}
