namespace Malten.Membership;

/// <summary>An acceptor's answer: whether it did what was asked, and its state after that.</summary>
/// <param name="Granted">Whether it did.</param>
/// <param name="State">The state; in the answers to accept and found, without the entry.</param>
internal sealed record Reply(bool Granted, AcceptorState State);
