namespace Malten.Membership;

/// <summary>
/// The way to a seed's acceptor. Requests and answers may be lost, late, repeated or out of order; an answer is of the
/// seed that was asked and to the request that was sent.
/// </summary>
internal interface ITransport
{
    /// <summary>The answer, or null if none came before <paramref name="timeout"/> was cancelled. Does not throw.</summary>
    Task<Reply?> SendAsync(int seed, Request request, CancellationToken timeout);
}
