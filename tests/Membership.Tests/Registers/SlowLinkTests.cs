using Malten.Membership.Protocol;
using Malten.Membership.Registers;
using Malten.Membership.Tests.Protocol;
using Malten.Testing;

namespace Malten.Membership.Tests.Registers;

/// <summary>
/// Three seeds, one of them behind a slow link, all of which read several times a second and change the value now and then,
/// as silos do.
/// </summary>
public sealed class SlowLinkTests
{
    private static readonly RegisterOptions Options = new();
    private static readonly TimeSpan Slow = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Fast = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(2); // a lease of 1.2 s may end for an instant, when changes meet

    private readonly Scheduler _scheduler = new();
    private readonly Random _random = new(1);
    private readonly Acceptor[] _seeds = Cluster.Founded();
    private readonly int[] _changed = new int[3];
    private TimeSpan _longest; // between the beginnings of reads that succeeded behind the slow link

    [Fact]
    public void Whoever_is_behind_a_slow_link_reads_in_time_while_all_make_changes()
    {
        _scheduler.Run(TimeSpan.FromMinutes(2), () =>
        {
            for (var host = 0; host < 3; host++)
            {
                // Two registers, since waiting for one's turn would leave the scheduler's thread.
                _ = ReadAsync(Open(host), host);
                _ = ChangeAsync(Open(host), host);
            }
        }, () => { });
        Assert.InRange(_longest, Pause, Longest);
        Assert.All(_changed, changes => Assert.InRange(changes, 40, 60));
    }

    private Register Open(int host)
    {
        var peers = new Peers(Quorums.Of(3), new Links(this, host), Options.RequestTimeout, _scheduler);
        return new Register(new Proposer(Quorums.Of(3), peers, Options, _scheduler, _random), Options, _scheduler);
    }

    private async Task ReadAsync(Register register, int host)
    {
        var last = _scheduler.GetTimestamp();
        while (true)
        {
            var begun = _scheduler.GetTimestamp();
            if ((await register.ReadAsync()).Succeeded)
            {
                if (host == 0 && _scheduler.GetElapsedTime(last) is var gap && gap > _longest) _longest = gap;
                last = begun;
            }

            await Task.Delay(Pause, _scheduler);
        }
    }

    private async Task ChangeAsync(Register register, int host)
    {
        while (true)
        {
            if ((await register.ChangeAsync(_ => [(byte)host])).Succeeded) _changed[host]++;
            await Task.Delay(TimeSpan.FromSeconds(2), _scheduler);
        }
    }

    /// <summary>What one host sends to the seeds: everything to or from the first takes long.</summary>
    private sealed class Links(SlowLinkTests test, int from) : ITransport
    {
        public async Task<Reply?> SendAsync(int seed, Request request, CancellationToken timeout)
        {
            var delay = from == seed ? TimeSpan.Zero : from == 0 || seed == 0 ? Slow : Fast;
            await Task.Delay(delay, test._scheduler, CancellationToken.None);
            var reply = test._seeds[seed].Handle(request);
            await Task.Delay(delay, test._scheduler, CancellationToken.None);
            return timeout.IsCancellationRequested ? null : reply;
        }
    }
}
