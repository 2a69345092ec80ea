using System.Collections.Immutable;

namespace Malten.Membership;

/// <summary>The table, or one row of it, at one moment.</summary>
/// <param name="Version">How often rows were inserted or updated; 0 for a table nobody has written to.</param>
/// <param name="VersionEtag">Names this version, for a change on condition.</param>
/// <param name="Rows">The rows, in the order of their addresses.</param>
/// <param name="Generation">The generation of the register it was read from.</param>
public sealed record MembershipSnapshot(
    int Version, string VersionEtag, ImmutableArray<TaggedRow> Rows, Generation Generation);
