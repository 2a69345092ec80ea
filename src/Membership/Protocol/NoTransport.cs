namespace Malten.Membership;

/// <summary>A cluster of one has nobody else to ask.</summary>
internal sealed class NoTransport : ITransport
{
    public static readonly NoTransport Instance = new();

    public Task<Reply?> SendAsync(int seed, Request request, CancellationToken timeout) => Task.FromResult<Reply?>(null);
}
