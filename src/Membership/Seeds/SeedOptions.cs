namespace Malten.Membership.Seeds;

/// <summary>How often a seed looks after its own memory. Each pause is varied at random by up to a half.</summary>
public sealed record SeedOptions
{
    /// <summary>The pause between two attempts to recover, while the seed has no memory. Default: 100 ms.</summary>
    public TimeSpan RecoveryInterval { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The pause between two checks that the seed's generation is still current. Default: 1 s.</summary>
    public TimeSpan WatchInterval { get; init; } = TimeSpan.FromSeconds(1);
}
