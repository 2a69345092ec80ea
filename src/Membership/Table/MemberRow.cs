namespace Malten.Membership;

/// <summary>One silo in the table.</summary>
/// <param name="Address">The key: a silo's address with its generation, as text.</param>
/// <param name="Status">Its status.</param>
/// <param name="IAmAlive">When it last said that it lives.</param>
/// <param name="Updated">The newest of the other times the row tells of: its start, votes against it.</param>
/// <param name="Payload">All else, as the caller writes it.</param>
public sealed record MemberRow(
    string Address, MemberStatus Status, DateTimeOffset IAmAlive, DateTimeOffset Updated, string Payload);
