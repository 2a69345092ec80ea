namespace Malten.Membership;

/// <summary>Tell your state; change nothing. Granted by an acceptor that takes part.</summary>
internal sealed record Query : Request;
