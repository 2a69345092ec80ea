using Malten.Membership.Protocol;

namespace Malten.Membership.Registers;

/// <summary>The newest entry that a quorum knows.</summary>
internal sealed record Reading(Generation Generation, Ballot Accepted, Entry Entry)
{
    public static Reading Of(List<Reply> quorum)
    {
        var newest = quorum.MaxBy(reply => reply.State.Accepted)!.State;
        return new Reading(newest.Generation!.Value, newest.Accepted, newest.Entry);
    }

    public RegisterResult As(RegisterOutcome outcome) => new(outcome, Generation, Entry.Version, Entry.Value);
}
