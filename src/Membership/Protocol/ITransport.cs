namespace Malten.Membership.Protocol;

/// <summary>
/// Carries requests to the acceptors of the seeds. Requests and replies may be lost, delayed, repeated or reordered; a
/// reply comes from the seed that was asked and answers the request that was sent.
/// </summary>
internal interface ITransport
{
    /// <summary>
    /// Returns the reply, or null if none came before <paramref name="timeout"/> was cancelled. Does not throw.
    /// </summary>
    Task<Reply?> SendAsync(int seed, Request request, CancellationToken timeout);
}

/// <summary>Reaches nobody: a cluster of one has no other seeds.</summary>
internal sealed class NoTransport : ITransport
{
    public static readonly NoTransport Instance = new();

    public Task<Reply?> SendAsync(int seed, Request request, CancellationToken timeout) =>
        Task.FromResult<Reply?>(null);
}

/// <summary>
/// A seed's transport: it calls its own acceptor directly and reaches the others by another transport.
/// </summary>
internal sealed class SelfTransport(Acceptor self, int seed, ITransport others) : ITransport
{
    public Task<Reply?> SendAsync(int to, Request request, CancellationToken timeout) =>
        to == seed ? Task.FromResult<Reply?>(self.Handle(request)) : others.SendAsync(to, request, timeout);
}
