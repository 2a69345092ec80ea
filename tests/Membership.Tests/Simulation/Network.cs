using Malten.Membership.Protocol;
using Malten.Testing;

namespace Malten.Membership.Tests.Simulation;

/// <summary>Loses, repeats, delays and reorders messages, and partitions hosts.</summary>
internal sealed class Network(Scheduler scheduler, Random random)
{
    private readonly Dictionary<int, Acceptor> _seeds = [];
    private readonly Dictionary<int, int> _sides = [];
    private readonly HashSet<(int From, int To)> _clogged = [];

    public Faults? Faults { get; set; }

    /// <summary>How an acceptor answers; a test replaces it to break a rule.</summary>
    public Func<Acceptor, Request, Reply> Handle { get; set; } = (acceptor, request) => acceptor.Handle(request);

    /// <summary>Called after a seed has answered a request.</summary>
    public Action<int, Request>? Answered { get; set; }

    public Acceptor? this[int host] => _seeds.GetValueOrDefault(host);

    public void Up(int host, Acceptor acceptor) => _seeds[host] = acceptor;

    public void Down(int host) => _seeds.Remove(host);

    public void Split(Func<int, int> side)
    {
        for (var host = 0; host < 16; host++) _sides[host] = side(host);
    }

    public void Clog(int from, int to) => _clogged.Add((from, to));

    public void Unclog() => _clogged.Clear();

    public void Heal() => _sides.Clear();

    public ITransport From(int host) => new Link(this, host);

    private Task<Reply?> SendAsync(int from, int to, Request request, CancellationToken timeout)
    {
        var answer = new TaskCompletionSource<Reply?>();
        timeout.Register(() => answer.TrySetResult(null));
        Carry(from, to, () =>
        {
            if (!_seeds.TryGetValue(to, out var acceptor)) return;
            var reply = Handle(acceptor, request);
            Carry(to, from, () => answer.TrySetResult(reply));
            Answered?.Invoke(to, request);
        });
        return answer.Task;
    }

    private void Carry(int from, int to, Action deliver)
    {
        if (Faults is { } faults)
        {
            if (random.NextDouble() < faults.Lost) return;
            if (random.NextDouble() < faults.Repeated) Deliver(Delay(from, to));
        }

        Deliver(Delay(from, to));

        void Deliver(TimeSpan delay)
        {
            if (_sides.GetValueOrDefault(from) == _sides.GetValueOrDefault(to)) scheduler.After(delay, deliver);
        }
    }

    private TimeSpan Delay(int from, int to) =>
        Faults is { } faults && (random.NextDouble() < faults.Slow || _clogged.Contains((from, to)))
            ? faults.Slowest * random.NextDouble()
            : TimeSpan.FromMilliseconds(0.2 + 10 * random.NextDouble());

    private sealed class Link(Network network, int from) : ITransport
    {
        public Task<Reply?> SendAsync(int seed, Request request, CancellationToken timeout) =>
            network.SendAsync(from, seed, request, timeout);
    }
}
