namespace Malten.Grains.Members;

/// <summary>
/// What the membership table says of a silo. The generation in an address is wall clock time, so an earlier life of a silo has
/// a later one where its host's clock was set back since, and the row of that life stays for minutes. Orleans'
/// <see cref="ClusterMembershipSnapshot.GetSiloStatus(SiloAddress)"/> then takes the present life for dead until its row is seen.
/// </summary>
internal static class Generations
{
    /// <summary>The status in the silo's own row. Without one it is dead if another one has its place, and otherwise not known.</summary>
    public static SiloStatus StatusOf(this ClusterMembershipSnapshot snapshot, SiloAddress silo)
    {
        if (snapshot.Members.TryGetValue(silo, out var own)) return own.Status;
        return snapshot.IsSucceeded(silo) ? SiloStatus.Dead : SiloStatus.None;
    }

    /// <summary>
    /// Whether a later silo has joined at the same port. It listens there since before it joined, so the former one has ended.
    /// One that is dead itself tells nothing; one that is not did come later, since Orleans lets none of an earlier generation
    /// join beside it.
    /// </summary>
    public static bool IsSucceeded(this ClusterMembershipSnapshot snapshot, SiloAddress silo) =>
        snapshot.Members.Values.Any(other => other.Status != SiloStatus.Dead && other.SiloAddress.IsSuccessorOf(silo));
}
