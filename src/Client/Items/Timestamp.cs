using System.Globalization;

namespace Malten.Client;

/// <summary>
/// When a message was stored, and its place in its stream: Unix time in nanoseconds, strictly increasing within a stream, always
/// a multiple of 1024. Timestamps of different streams say nothing about order.
/// </summary>
/// <param name="Nanoseconds">Nanoseconds since 1970-01-01T00:00:00Z; 0 stands for the beginning of a stream.</param>
public readonly record struct Timestamp(long Nanoseconds) : IComparable<Timestamp>, IParsable<Timestamp>
{
    private const int NanosecondsPerTick = 100;

    /// <summary>Before every message.</summary>
    public static Timestamp Beginning => default;

    /// <summary>The time in UTC, to 100 ns.</summary>
    public DateTimeOffset ToDateTimeOffset() => DateTimeOffset.UnixEpoch.AddTicks(Nanoseconds / NanosecondsPerTick);

    /// <inheritdoc/>
    public int CompareTo(Timestamp other) => Nanoseconds.CompareTo(other.Nanoseconds);

    /// <summary>The number of nanoseconds, as the wire contract has it.</summary>
    public override string ToString() => Nanoseconds.ToString(CultureInfo.InvariantCulture);

    /// <summary>Reads what <see cref="ToString"/> writes.</summary>
    /// <exception cref="FormatException">It is no whole number from 0 to 9,223,372,036,854,775,807.</exception>
    public static Timestamp Parse(string s, IFormatProvider? provider = null) =>
        TryParse(s, provider, out var timestamp) ? timestamp : throw new FormatException("A timestamp is a whole number of nanoseconds, 0 or more.");

    /// <inheritdoc/>
    public static bool TryParse(string? s, IFormatProvider? provider, out Timestamp result)
    {
        var isNumber = long.TryParse(s, NumberStyles.None, CultureInfo.InvariantCulture, out var nanoseconds);
        result = new Timestamp(nanoseconds);
        return isNumber;
    }

    /// <summary>Whether one is earlier than the other.</summary>
    public static bool operator <(Timestamp left, Timestamp right) => left.CompareTo(right) < 0;

    /// <summary>Whether one is later than the other.</summary>
    public static bool operator >(Timestamp left, Timestamp right) => left.CompareTo(right) > 0;

    /// <summary>Whether one is not later than the other.</summary>
    public static bool operator <=(Timestamp left, Timestamp right) => left.CompareTo(right) <= 0;

    /// <summary>Whether one is not earlier than the other.</summary>
    public static bool operator >=(Timestamp left, Timestamp right) => left.CompareTo(right) >= 0;
}
