namespace Malten.Streams.Values;

/// <summary>The two secrets of a pipe.</summary>
/// <param name="First">The secret of seat 0.</param>
/// <param name="Second">The secret of seat 1.</param>
public sealed record Seats(string First, string Second)
{
    /// <summary>Two new secrets of 128 bits.</summary>
    public static Seats New() => new(Secret.New(), Secret.New());

    /// <summary>
    /// 0 or 1 for one of the two secrets, -1 for anything else. The time it takes reveals nothing about the secrets.
    /// </summary>
    public int IndexOf(string? secret)
    {
        var (isFirst, isSecond) = (Secret.AreEqual(secret ?? "", First), Secret.AreEqual(secret ?? "", Second));
        return isFirst ? 0 : isSecond ? 1 : -1;
    }

    /// <summary>The refusal of a seat that is wrong, or missing.</summary>
    public static StreamRefusedException Refused() => new(Refusal.NotYours,
        "This needs 'seat': one of the two secrets of a pipe that is in use.", "seat");

    /// <inheritdoc/>
    public override string ToString() => "(seats)"; // a secret must not reach a log by interpolation
}
