namespace Malten.Silo.Clustering;

/// <summary>A silo's vote that another one is dead.</summary>
internal sealed record DeathVote(string Silo, DateTimeOffset Time);
