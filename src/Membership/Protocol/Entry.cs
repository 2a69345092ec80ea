using System.Collections.Immutable;

namespace Malten.Membership;

/// <summary>
/// What the register holds: the value, how often it was changed in this generation, and who changed it last. The ids let
/// a proposer whose accept went unanswered find out later whether it took effect.
/// </summary>
/// <param name="Version">The number of changes that led to the value.</param>
/// <param name="Writes">The ids of the last changes, newest last, at most <see cref="Remembered"/>.</param>
/// <param name="Value">The value; null before the first change.</param>
internal sealed record Entry(long Version, ImmutableArray<Guid> Writes, byte[]? Value)
{
    public const int Remembered = 32;

    public static readonly Entry Empty = new(0, [], null);

    public Entry Append(Guid write, byte[] value) =>
        new(Version + 1, [.. Writes.TakeLast(Remembered - 1), write], value);

    /// <summary>Whether <see cref="Writes"/> names every change that came after <paramref name="version"/>.</summary>
    public bool Covers(long version) => Version - version <= Writes.Length;
}
