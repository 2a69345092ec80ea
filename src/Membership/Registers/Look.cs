namespace Malten.Membership.Registers;

/// <summary>What the seeds that have answered know.</summary>
/// <param name="Reading">The entry, if a majority has accepted the same one and has promised nothing since; otherwise null.</param>
/// <param name="IsChanging">Whether one of them has promised a change that it has not accepted yet.</param>
internal sealed record Look(Reading? Reading, bool IsChanging);
