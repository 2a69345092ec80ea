using Malten.Membership.Protocol;

namespace Malten.Membership.Tests.Protocol;

/// <summary>Answers each request by a function, and records the requests. A seed without an answer times out.</summary>
internal sealed class ScriptedTransport(Func<int, Request, Task<Reply?>?> answer) : ITransport
{
    // Stops code that would ask for ever, on a clock that a test moves.
    private const int MaxRequests = 10_000;

    private readonly List<(int Seed, Request Request)> _sent = [];

    public IReadOnlyList<(int Seed, Request Request)> Sent => _sent;

    public Task<Reply?> SendAsync(int seed, Request request, CancellationToken timeout)
    {
        Assert.True(_sent.Count < MaxRequests, "The requests never end.");
        _sent.Add((seed, request));
        if (answer(seed, request) is { } reply) return reply;
        var silent = new TaskCompletionSource<Reply?>();
        timeout.Register(() => silent.TrySetResult(null));
        return silent.Task;
    }

    /// <summary>Answers at once; null if the seed can't be reached.</summary>
    public static Task<Reply?> Now(Reply? reply) => Task.FromResult(reply);

    /// <summary>Every request reaches a real acceptor.</summary>
    public static ScriptedTransport To(params Acceptor[] seeds) =>
        new((seed, request) => Now(seeds[seed].Handle(request)));
}
