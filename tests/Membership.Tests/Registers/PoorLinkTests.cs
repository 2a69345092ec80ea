using Malten.Membership.Protocol;
using Malten.Membership.Registers;
using Malten.Membership.Tests.Protocol;
using Malten.Testing;

namespace Malten.Membership.Tests.Registers;

/// <summary>
/// Three seeds, all of which read several times a second and change the value now and then, as silos do; and links between them
/// that are slow, or broken.
/// </summary>
public sealed class PoorLinkTests
{
    private static readonly RegisterOptions Options = new();
    private static readonly TimeSpan Slow = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Fast = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan LittleMore = TimeSpan.FromSeconds(2); // a lease may end for an instant, when changes meet
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(1.2);

    private readonly Scheduler _scheduler = new();
    private readonly Random _random = new(1);
    private readonly Acceptor[] _seeds = Cluster.Founded();
    private readonly int[] _changed = new int[4];
    private readonly TimeSpan[] _longest = new TimeSpan[4]; // from the beginning of a read that succeeded to the end of the next
    private readonly long[] _last = new long[4]; // when that read began
    private Func<int, bool> _mayChange = _ => true;
    private Func<int, int, TimeSpan?> _delay = (_, _) => Fast; // between two hosts; null where all is lost

    [Fact]
    public void Whoever_is_behind_a_slow_link_reads_in_time_while_all_make_changes()
    {
        _delay = (one, other) => one == 0 || other == 0 ? Slow : Fast;
        Run();
        Assert.InRange(_longest[0], Pause, LittleMore);
        Assert.All(_changed[..3], changes => Assert.InRange(changes, 40, 60));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(20)]
    public void Two_that_do_not_hear_each_other_read_in_time_what_either_changes_as_long_as_a_third_hears_both(int milliseconds)
    {
        _delay = (one, other) => one + other == 1 ? null : TimeSpan.FromMilliseconds(milliseconds);
        Run();
        Assert.All(_longest[..3], longest => Assert.InRange(longest, Pause, Lease));
        Assert.All(_changed[..3], changes => Assert.InRange(changes, 40, 60));
    }

    [Fact]
    public void Where_one_is_silent_the_others_read_in_time_what_they_change()
    {
        _delay = (one, other) => one == 2 || other == 2 ? null : Fast;
        Run();
        Assert.All(_longest[..2], longest => Assert.InRange(longest, Pause, Lease));
        Assert.All(_changed[..2], changes => Assert.InRange(changes, 40, 60));
    }

    [Fact]
    public void Whoever_only_reads_has_in_time_what_did_not_reach_it()
    {
        _delay = (one, other) => one + other == 1 ? null : Fast;
        _mayChange = host => host == 1;
        Run();
        Assert.All(_longest[..3], longest => Assert.InRange(longest, Pause, Lease));
    }

    [Theory]
    [InlineData(100)]
    [InlineData(200)]
    public void Whoever_reads_lets_a_slow_host_that_is_no_seed_make_its_changes(int milliseconds)
    {
        _delay = (one, other) => one == 3 || other == 3 ? TimeSpan.FromMilliseconds(milliseconds) : Fast;
        _mayChange = host => host == 3;
        Run(hosts: 4);
        Assert.InRange(_changed[3], 40, 60);
        Assert.All(_longest[..3], longest => Assert.InRange(longest, Pause, Lease));
    }

    private void Run(int hosts = 3)
    {
        _scheduler.Run(TimeSpan.FromMinutes(2), () =>
        {
            for (var host = 0; host < hosts; host++)
            {
                // Two registers, since waiting for one's turn would leave the scheduler's thread.
                _ = ReadAsync(Open(host), host);
                if (_mayChange(host)) _ = ChangeAsync(Open(host), host);
            }
        }, () => { });
        for (var host = 0; host < hosts; host++) NoteGap(host); // also of a read that never ends
    }

    private void NoteGap(int host)
    {
        if (_scheduler.GetElapsedTime(_last[host]) is var gap && gap > _longest[host]) _longest[host] = gap;
    }

    private Register Open(int host)
    {
        var peers = new Peers(Quorums.Of(3), new Links(this, host), Options.RequestTimeout, _scheduler);
        return new Register(new Proposer(Quorums.Of(3), peers, Options, _scheduler, _random), Options, _scheduler);
    }

    private async Task ReadAsync(Register register, int host)
    {
        _last[host] = _scheduler.GetTimestamp();
        while (true)
        {
            var begun = _scheduler.GetTimestamp();
            if ((await register.ReadAsync()).Succeeded)
            {
                NoteGap(host);
                _last[host] = begun;
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

    /// <summary>What one host sends to the seeds.</summary>
    private sealed class Links(PoorLinkTests test, int from) : ITransport
    {
        public async Task<Reply?> SendAsync(int seed, Request request, CancellationToken timeout)
        {
            if ((from == seed ? TimeSpan.Zero : test._delay(from, seed)) is not { } delay)
            {
                var silent = new TaskCompletionSource<Reply?>();
                using var _ = timeout.Register(() => silent.TrySetResult(null));
                return await silent.Task;
            }

            await Task.Delay(delay, test._scheduler, CancellationToken.None);
            var reply = test._seeds[seed].Handle(request);
            await Task.Delay(delay, test._scheduler, CancellationToken.None);
            return timeout.IsCancellationRequested ? null : reply;
        }
    }
}
