namespace Malten.Silo.Clustering;

/// <summary>What a row says of a silo beside what the register itself looks at.</summary>
/// <param name="GatewayPort">Where nodes in the role gateway connect; 0 for none.</param>
/// <param name="Host">The host's name.</param>
/// <param name="Name">The silo's name.</param>
/// <param name="Started">When it was started.</param>
/// <param name="Votes">Who takes it for dead.</param>
internal sealed record MemberDetails(
    int GatewayPort, string? Host, string? Name, DateTimeOffset Started, IReadOnlyList<DeathVote> Votes);
