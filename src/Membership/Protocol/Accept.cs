namespace Malten.Membership;

/// <summary>Accept the entry, unless you promised a higher ballot or are in another generation.</summary>
internal sealed record Accept(Generation Generation, Ballot Ballot, Entry Entry) : Request;
