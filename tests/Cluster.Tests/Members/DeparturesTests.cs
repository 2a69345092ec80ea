using Malten.Grains.Members;
using Malten.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Malten.Cluster.Tests.Members;

/// <summary>Nobody goes on in the place of a silo that may still believe itself a member.</summary>
public sealed class DeparturesTests : IDisposable
{
    private static readonly SiloAddress Self = FakeMembership.SiloAt(1);
    private static readonly SiloAddress Other = FakeMembership.SiloAt(2);
    private readonly FakeTime _time = new();
    private readonly FakeMembership _membership = new(Self, Other);
    private readonly Ports _ports = new();
    private readonly Departures _departures;

    public DeparturesTests() => _departures = new Departures(_membership, _ports, _time);

    public void Dispose() => _departures.Dispose();

    [Fact]
    public async Task A_member_that_was_declared_dead_is_waited_for_until_its_lease_is_over()
    {
        await _departures.UntilCertainAsync(default);
        _membership.Set((Self, SiloStatus.Active), (Other, SiloStatus.Dead));
        await TakesAsync(1.3);
        await _departures.UntilCertainAsync(default);
    }

    [Fact]
    public async Task One_that_was_dead_when_this_silo_looked_first_may_have_been_declared_dead_just_before()
    {
        _membership.Set((Self, SiloStatus.Active), (Other, SiloStatus.Dead));
        await TakesAsync(1.3);
        await _departures.UntilCertainAsync(default);
    }

    [Fact]
    public async Task One_that_joined_and_died_between_two_looks_is_waited_for()
    {
        await _departures.UntilCertainAsync(default);
        _membership.Set((Self, SiloStatus.Active), (Other, SiloStatus.Active), (FakeMembership.SiloAt(3), SiloStatus.Dead));
        await TakesAsync(1.3);
    }

    [Fact]
    public void One_whose_host_refuses_connections_has_ended()
    {
        _ports.Refuse = true;
        _membership.Set((Self, SiloStatus.Active), (Other, SiloStatus.Dead));
        Assert.True(_departures.UntilCertainAsync(default).IsCompletedSuccessfully);
    }

    [Fact]
    public void One_at_whose_port_a_later_one_has_joined_has_ended()
    {
        _membership.Set((Self, SiloStatus.Active), (Other, SiloStatus.Dead), (SiloAddress.New(Other.Endpoint, 2), SiloStatus.Joining));
        Assert.True(_departures.UntilCertainAsync(default).IsCompletedSuccessfully);
    }

    [Fact]
    public async Task One_whose_clock_was_set_back_is_not_succeeded_by_an_earlier_life_that_is_dead()
    {
        var before = SiloAddress.New(Other.Endpoint, 2);
        _membership.Set((Self, SiloStatus.Active), (before, SiloStatus.Dead));
        await TakesAsync(1.3);
        _membership.Set((Self, SiloStatus.Active), (before, SiloStatus.Dead), (Other, SiloStatus.Active));
        await _departures.UntilCertainAsync(default);
        _membership.Set((Self, SiloStatus.Active), (before, SiloStatus.Dead), (Other, SiloStatus.Dead));
        await TakesAsync(1.3);
    }

    [Fact]
    public async Task One_whose_clock_was_set_back_and_that_joined_and_died_between_two_looks_is_waited_for()
    {
        var before = SiloAddress.New(Other.Endpoint, 2);
        _membership.Set((Self, SiloStatus.Active), (before, SiloStatus.Dead));
        await TakesAsync(1.3);
        _membership.Set((Self, SiloStatus.Active), (before, SiloStatus.Dead), (Other, SiloStatus.Dead));
        await TakesAsync(1.3);
    }

    [Fact]
    public async Task A_silo_joins_when_it_is_certain_of_all_that_were_dead_before_so_that_streams_that_move_to_it_do_not_wait()
    {
        var silo = new SiloLifecycleSubject(NullLogger<SiloLifecycleSubject>.Instance);
        var joined = new TaskCompletionSource<bool>();
        silo.Subscribe("reads the table", ServiceLifecycleStage.RuntimeGrainServices, _ =>
        {
            _membership.Set((Self, SiloStatus.Created), (Other, SiloStatus.Dead));
            return Task.CompletedTask;
        });
        _departures.Participate(silo);
        silo.Subscribe("joins", ServiceLifecycleStage.BecomeActive, _ =>
        {
            joined.SetResult(_departures.UntilCertainAsync(default).IsCompletedSuccessfully);
            return Task.CompletedTask;
        });
        await TakesAsync(1.3, silo.OnStart());
        Assert.True(await joined.Task);
    }

    private async Task TakesAsync(double seconds, Task? all = null)
    {
        var waiting = all ?? _departures.UntilCertainAsync(default);
        await PassAsync(seconds - 0.05);
        Assert.False(waiting.IsCompleted);
        await Eventually.IsSoAsync(() =>
        {
            _time.Advance(TimeSpan.FromMilliseconds(50));
            return waiting.IsCompleted;
        });
        await waiting;
    }

    private async Task PassAsync(double seconds)
    {
        for (var left = (int)Math.Round(seconds * 1000); left > 0; left -= 50)
        {
            await Eventually.IsSoAsync(() => _time.ActiveTimers > 1); // the one that waits, and the one that looks at the port
            _time.Advance(TimeSpan.FromMilliseconds(50));
        }
    }

    private sealed class Ports : IPortProbe
    {
        public bool Refuse { get; set; }

        public Task<bool> RefusesAsync(SiloAddress silo, CancellationToken cancellationToken) => Task.FromResult(Refuse);
    }
}
