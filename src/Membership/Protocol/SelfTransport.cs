namespace Malten.Membership;

/// <summary>The way of a seed to all seeds: to itself without a network.</summary>
internal sealed class SelfTransport(Acceptor self, int seed, ITransport others) : ITransport
{
    public Task<Reply?> SendAsync(int to, Request request, CancellationToken timeout) =>
        to == seed ? Task.FromResult<Reply?>(self.Handle(request)) : others.SendAsync(to, request, timeout);
}
