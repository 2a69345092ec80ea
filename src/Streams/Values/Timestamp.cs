using System.Buffers.Text;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Malten.Streams.Values;

/// <summary>
/// The moment of a message: Unix nanoseconds, strictly increasing within a stream and always a multiple of 1024, so that a
/// JavaScript number holds each exactly (2^53 × 1024 ns reaches the year 2262). A number in JSON.
/// </summary>
/// <param name="Nanoseconds">Since 1970-01-01T00:00:00Z.</param>
[JsonConverter(typeof(TimestampConverter))]
public readonly record struct Timestamp(long Nanoseconds) : IComparable<Timestamp>
{
    /// <summary>The most digits that a timestamp has, a sign included.</summary>
    public const int MaxDigits = 20;

    private const long Step = 1024;
    private const long NanosecondsPerTick = 100;

    /// <summary>0: older than any message.</summary>
    public static Timestamp None => default;

    /// <summary>Whether this is <see cref="None"/>.</summary>
    public bool IsNone => Nanoseconds == 0;

    /// <summary>The timestamp one step below this one.</summary>
    public Timestamp Previous => new(Nanoseconds - Step);

    /// <summary>The present moment, rounded down.</summary>
    public static Timestamp Now(TimeProvider time) =>
        new((time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * NanosecondsPerTick / Step * Step);

    /// <summary>The moment after a span from now, rounded down.</summary>
    public static Timestamp In(TimeSpan span, TimeProvider time) =>
        new((Now(time).Nanoseconds + (span.Ticks * NanosecondsPerTick)) / Step * Step);

    /// <summary>The present moment, or one step above <paramref name="previous"/> when the clock has not passed it.</summary>
    public static Timestamp After(Timestamp previous, TimeProvider time) =>
        Max(Now(time), new Timestamp(previous.Nanoseconds + Step));

    /// <summary>The later of two.</summary>
    public static Timestamp Max(Timestamp one, Timestamp other) => one > other ? one : other;

    /// <summary>The time from an earlier moment to this one.</summary>
    public TimeSpan Since(Timestamp earlier) => TimeSpan.FromTicks((Nanoseconds - earlier.Nanoseconds) / NanosecondsPerTick);

    /// <inheritdoc/>
    public int CompareTo(Timestamp other) => Nanoseconds.CompareTo(other.Nanoseconds);

    /// <summary>Writes the decimal digits in ASCII and returns how many there are, at most <see cref="MaxDigits"/>.</summary>
    public int Format(Span<byte> output)
    {
        Utf8Formatter.TryFormat(Nanoseconds, output, out var length);
        return length;
    }

    /// <summary>The nanoseconds in decimal digits.</summary>
    public override string ToString() => Nanoseconds.ToString(CultureInfo.InvariantCulture);

    /// <summary>Whether one is later than the other.</summary>
    public static bool operator >(Timestamp one, Timestamp other) => one.Nanoseconds > other.Nanoseconds;

    /// <summary>Whether one is earlier than the other.</summary>
    public static bool operator <(Timestamp one, Timestamp other) => one.Nanoseconds < other.Nanoseconds;

    /// <summary>Whether one is later than the other or the same.</summary>
    public static bool operator >=(Timestamp one, Timestamp other) => one.Nanoseconds >= other.Nanoseconds;

    /// <summary>Whether one is earlier than the other or the same.</summary>
    public static bool operator <=(Timestamp one, Timestamp other) => one.Nanoseconds <= other.Nanoseconds;
}

/// <summary>Writes a timestamp as the JSON number that the wire contract asks for, and reads one.</summary>
public sealed class TimestampConverter : JsonConverter<Timestamp>
{
    /// <inheritdoc/>
    public override Timestamp Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        new(reader.GetInt64());

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, Timestamp value, JsonSerializerOptions options) =>
        writer.WriteNumberValue(value.Nanoseconds);
}
