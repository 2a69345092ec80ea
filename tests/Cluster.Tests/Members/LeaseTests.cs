using Malten.Grains.Calls;
using Malten.Grains.Members;
using Malten.Testing;
using Microsoft.Extensions.Options;

namespace Malten.Cluster.Tests.Members;

/// <summary>A silo acts as a member only as long as the membership table said so a moment ago.</summary>
public sealed class LeaseTests : IDisposable
{
    private static readonly SiloAddress Self = FakeMembership.SiloAt(1);
    private readonly FakeTime _time = new();
    private readonly FakeMembership _membership = new(Self, FakeMembership.SiloAt(2));
    private readonly Table _table = new();
    private readonly LeaseOptions _options = new();
    private readonly Lease _lease;

    public LeaseTests() => _lease = new Lease(_membership.View, _table, Options.Create(_options), _time);

    public void Dispose() => _lease.Dispose();

    [Fact]
    public async Task It_is_held_while_the_table_answers()
    {
        Assert.False(_lease.IsHeld);
        await StartAsync();
        for (var i = 0; i < 20; i++)
        {
            await PassAsync(0.3);
            Assert.True(_lease.IsHeld);
        }

        await _lease.StopAsync(default);
        Assert.Equal(0, _time.ActiveTimers);
    }

    [Fact]
    public async Task It_lapses_1200_ms_after_the_last_answer_and_comes_back_with_the_next()
    {
        await StartAsync();
        _table.Answers = false;
        await PassAsync(1.1);
        Assert.True(_lease.IsHeld);
        await PassAsync(0.1);
        Assert.False(_lease.IsHeld);
        var waiting = _lease.UntilHeldAsync().AsTask();
        await PassAsync(1);
        Assert.False(waiting.IsCompleted);
        _table.Answers = true;
        await PassAsync(0.2);
        Assert.True(_lease.IsHeld);
        await PassAsync(0.1);
        await waiting;
    }

    [Fact]
    public async Task It_counts_from_before_the_look_however_late_the_answer_comes()
    {
        _table.Slow = new TaskCompletionSource();
        await StartAsync();
        await PassAsync(1.2); // a process that was paused, or a slow network
        _table.Answers = false;
        _table.Slow.SetException(new TimeoutException());
        Assert.False(_lease.IsHeld);
        (_table.Answers, _table.Slow) = (true, new TaskCompletionSource());
        await PassAsync(0.1);
        await PassAsync(1);
        _table.Slow.SetResult();
        await Eventually.IsSoAsync(() => _lease.IsHeld);
        _table.Answers = false;
        await PassAsync(0.25);
        Assert.False(_lease.IsHeld);
    }

    [Theory]
    [InlineData(SiloStatus.Dead)]
    [InlineData(SiloStatus.Joining)]
    [InlineData(SiloStatus.None)]
    public async Task It_lapses_when_the_table_says_that_the_silo_is_no_member(SiloStatus status)
    {
        await StartAsync();
        _table.Status = status;
        await PassAsync(1.5);
        Assert.False(_lease.IsHeld);
    }

    [Fact]
    public async Task A_look_that_shows_its_own_death_ends_it_at_once_also_where_Orleans_does_not_know_yet()
    {
        await StartAsync();
        Assert.True(await _lease.TryHoldAsync(false, default));
        _table.Status = SiloStatus.Dead;
        await PassAsync(0.3);
        await Eventually.IsSoAsync(() => !_lease.IsHeld);
        Assert.True(_membership.View.IsSelfDeclaredDead);
        Assert.False(await _lease.TryHoldAsync(false, default));
        await Assert.ThrowsAsync<OrleansException>(() => _lease.UntilHeldAsync().AsTask());
        _table.Status = SiloStatus.Active; // an old answer
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(_lease.IsHeld);
    }

    [Fact]
    public async Task No_request_is_kept_waiting_once_looks_have_failed_for_long()
    {
        using var client = new CancellationTokenSource();
        await StartAsync();
        _table.Answers = false;
        await PassAsync(1.3);
        var soon = _lease.TryHoldAsync(false, client.Token).AsTask();
        await PassAsync(0.5);
        Assert.False(soon.IsCompleted); // it may come back in a moment
        await PassAsync(1.5);
        Assert.False(await soon);
        var late = _lease.TryHoldAsync(false, client.Token).AsTask();
        Assert.True(late.IsCompleted);
        Assert.False(await late);
    }

    [Fact]
    public async Task What_settles_something_waits_until_it_is_back_and_a_post_only_a_moment()
    {
        await StartAsync();
        _table.Answers = false;
        await PassAsync(4);
        var answer = _lease.TryHoldAsync(true, default).AsTask();
        var post = _lease.TryHoldAsync(false, default).AsTask(); // which goes on when its client has gone
        await PassAsync(1.5);
        Assert.False(post.IsCompleted);
        await PassAsync(1);
        Assert.False(await post);
        await PassAsync(4.5);
        Assert.False(answer.IsCompleted);
        _table.Answers = true;
        await PassAsync(0.3);
        Assert.True(await answer);
    }

    [Fact]
    public async Task What_settles_something_is_repeated_for_as_long_however_late_it_came_back()
    {
        var calls = 0;
        await StartAsync();
        _table.Answers = false;
        await PassAsync(2);
        var settling = new Retry(_time, _lease).SettleAsync(() => ++calls < 30 ? throw new TimeoutException() : Task.FromResult(calls), default);
        await PassAsync(11);
        Assert.Equal(0, calls);
        _table.Answers = true;
        for (var step = 0; step < 200 && !settling.IsCompleted; step++) await PassAsync(0.05);
        Assert.True(settling.IsCompleted); // or it would be waited for, for ever, by a clock that stands still
        Assert.Equal(30, await settling);
    }

    [Fact]
    public async Task A_pause_in_which_nobody_looked_refuses_nothing()
    {
        using var client = new CancellationTokenSource();
        _table.Slow = new TaskCompletionSource();
        await StartAsync();
        _table.Slow.SetResult();
        await Eventually.IsSoAsync(() => _lease.IsHeld);
        _table.Slow = new TaskCompletionSource(); // the next look is under way when the process is paused
        await PassAsync(0.3);
        _time.Advance(TimeSpan.FromSeconds(0.9));
        Assert.False(_lease.IsHeld);
        var asked = _lease.TryHoldAsync(false, client.Token).AsTask();
        Assert.False(asked.IsCompleted);
        _table.Slow.SetResult();
        await PassAsync(0.1);
        Assert.True(await asked);
    }

    [Fact]
    public async Task An_operator_may_choose_to_go_on_without_the_table()
    {
        _options.ServesWithoutTable = true;
        _table.Answers = false;
        await StartAsync();
        await PassAsync(5);
        Assert.True(_lease.IsHeld);
        _membership.Set((Self, SiloStatus.Dead), (FakeMembership.SiloAt(2), SiloStatus.Active));
        Assert.False(_lease.IsHeld);
        await Assert.ThrowsAsync<OrleansException>(() => _lease.UntilHeldAsync().AsTask());
    }

    private async Task StartAsync()
    {
        await _lease.StartAsync(default);
        await Eventually.IsSoAsync(() => _time.ActiveTimers > 0);
    }

    /// <summary>Lets time pass in small steps, each of which the lease has seen when the next one comes.</summary>
    private async Task PassAsync(double seconds)
    {
        for (var left = (int)(seconds * 1000); left > 0; left -= 50)
        {
            _time.Advance(TimeSpan.FromMilliseconds(50));
            await Eventually.IsSoAsync(() => _time.ActiveTimers > 0 || _membership.View.IsSelfDeclaredDead);
        }
    }

    private sealed class Table : IMembershipTable
    {
        public bool Answers { get; set; } = true;

        public SiloStatus Status { get; set; } = SiloStatus.Active;

        public TaskCompletionSource? Slow { get; set; }

        public async Task<MembershipTableData> ReadRow(SiloAddress key)
        {
            if (Slow is { } slow) await slow.Task;
            if (!Answers) throw new TimeoutException();
            var version = new TableVersion(1, "1");
            return Status == SiloStatus.None
                ? new MembershipTableData(version)
                : new MembershipTableData(Tuple.Create(new MembershipEntry { SiloAddress = key, Status = Status }, "1"), version);
        }

        public Task InitializeMembershipTable(bool tryInitTableVersion) => throw new NotSupportedException();

        public Task DeleteMembershipTableEntries(string clusterId) => throw new NotSupportedException();

        public Task CleanupDefunctSiloEntries(DateTimeOffset beforeDate) => throw new NotSupportedException();

        public Task<MembershipTableData> ReadAll() => throw new NotSupportedException();

        public Task<bool> InsertRow(MembershipEntry entry, TableVersion tableVersion) => throw new NotSupportedException();

        public Task<bool> UpdateRow(MembershipEntry entry, string etag, TableVersion tableVersion) => throw new NotSupportedException();

        public Task UpdateIAmAlive(MembershipEntry entry) => throw new NotSupportedException();
    }
}
