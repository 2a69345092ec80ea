namespace Malten.Membership;

/// <summary>Promise to accept nothing below the ballot, and tell what you accepted. In whichever generation you are.</summary>
internal sealed record Prepare(Ballot Ballot) : Request;
