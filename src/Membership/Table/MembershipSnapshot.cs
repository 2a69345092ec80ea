using System.Collections.Immutable;
using Malten.Membership.Protocol;

namespace Malten.Membership.Table;

/// <summary>The table, or one row of it, at one moment.</summary>
/// <param name="Version">How often rows were inserted or updated; 0 for a new table.</param>
/// <param name="VersionEtag">Identifies this version, for a conditional change.</param>
/// <param name="Rows">The rows in the order of their addresses.</param>
/// <param name="Generation">The generation of the register that the table was read from.</param>
public sealed record MembershipSnapshot(
    int Version, string VersionEtag, ImmutableArray<TaggedRow> Rows, Generation Generation);

/// <summary>A row as it was read.</summary>
/// <param name="Row">The row.</param>
/// <param name="Etag">
/// Identifies this state of the row, for a conditional update. Updating <see cref="MemberRow.IAmAlive"/> alone does not
/// change it.
/// </param>
public sealed record TaggedRow(MemberRow Row, string Etag);
