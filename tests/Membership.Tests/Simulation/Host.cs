using Malten.Membership.Protocol;
using Malten.Membership.Registers;
using Malten.Membership.Seeds;
using Malten.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Malten.Membership.Tests.Simulation;

/// <summary>
/// A process with a register, and with an acceptor if it is a seed. A crash ends its tasks and loses its memory, but
/// not the messages that it sent.
/// </summary>
internal sealed class Host(
    int id, Quorums quorums, Scheduler scheduler, Network network, Random random, History history) : IDisposable
{
    private static readonly RegisterOptions Options = new();
    private static readonly SeedOptions SeedOptions = new();
    private CancellationTokenSource? _life;

    public bool IsUp => _life is not null;

    private bool IsSeed => id < quorums.Seeds;

    public void Start(Action<Acceptor>? born = null)
    {
        _life = new CancellationTokenSource();
        var transport = network.From(id);
        if (IsSeed)
        {
            var acceptor = new Acceptor(id, quorums.Seeds, random.NextGuid);
            born?.Invoke(acceptor);
            network.Up(id, acceptor);
            transport = new SelfTransport(acceptor, id, transport);
            var toOthers = new Peers(quorums, transport, Options.RequestTimeout, scheduler);
            var seed = new Seed(acceptor, quorums, toOthers, SeedOptions, scheduler, random, NullLogger.Instance);
            _ = Run(seed.RunAsync);
        }

        var peers = new Peers(quorums, transport, Options.RequestTimeout, scheduler);
        var proposer = new Proposer(quorums, peers, Options, scheduler, random);
        var register = new Register(proposer, Options, scheduler);
        _ = Run(stop => WorkAsync(register, stop));
    }

    public void Crash()
    {
        var life = _life!;
        _life = null;
        network.Down(id);
        life.Cancel();
    }

    public void Dispose() => _life?.Dispose();

    // An exception fails the history: a task may stop only because its host crashed.
    private async Task Run(Func<CancellationToken, Task> work)
    {
        var life = _life!;
        try
        {
            await work(life.Token);
        }
        catch (OperationCanceledException) when (life.IsCancellationRequested)
        {
        }
        catch (Exception failure)
        {
            history.Failure ??= failure.ToString();
        }
    }

    private async Task WorkAsync(Register register, CancellationToken stop)
    {
        while (true)
        {
            var pace = network.Faults?.Pace ?? TimeSpan.FromSeconds(1);
            await Task.Delay(pace * (0.02 + random.NextDouble()), scheduler, stop);
            var kind = random.Next(10);
            var operation = history.Begin(scheduler.GetTimestamp(), id);
            var result = kind switch
            {
                < 6 => await register.ChangeAsync(value => History.Append(value, operation.Id), stop),
                < 7 => await register.ChangeAsync(_ => null, stop),
                _ => await register.ReadAsync(stop),
            };
            history.End(operation, scheduler.GetTimestamp(), result);
            if (result.Outcome == RegisterOutcome.GenerationChanged) register.Adopt(result.Generation!.Value);
        }
    }
}
