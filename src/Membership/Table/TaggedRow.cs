namespace Malten.Membership;

/// <summary>A row as it was read.</summary>
/// <param name="Row">The row.</param>
/// <param name="Etag">Names this state of the row, for an update on condition. "I am alive" leaves it as it is.</param>
public sealed record TaggedRow(MemberRow Row, string Etag);
