using System.Collections.Immutable;

namespace Malten.Membership.Protocol;

/// <summary>
/// The content of the register: the value, the number of changes in this generation, and the ids of the last changes. A
/// proposer whose accept request was never answered finds its id here if the change took effect.
/// </summary>
/// <param name="Version">The number of changes that led to the value.</param>
/// <param name="Writes">The ids of the last changes, newest last, at most <see cref="MaxWrites"/>.</param>
/// <param name="Value">The value; null before the first change.</param>
internal sealed record Entry(long Version, ImmutableArray<Guid> Writes, byte[]? Value)
{
    /// <summary>How many changes an entry names.</summary>
    public const int MaxWrites = 32;

    /// <summary>The entry of a new generation.</summary>
    public static readonly Entry Empty = new(0, [], null);

    /// <summary>The entry after one more change.</summary>
    public Entry Append(Guid write, byte[] value) =>
        new(Version + 1, [.. Writes.TakeLast(MaxWrites - 1), write], value);

    /// <summary>Whether <see cref="Writes"/> names every change made after <paramref name="version"/>.</summary>
    public bool Covers(long version) => Version - version <= Writes.Length;
}
