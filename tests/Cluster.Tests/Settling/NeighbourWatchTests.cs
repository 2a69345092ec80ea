using Malten.Cluster.Tests.Members;
using Malten.Grains.Settling;
using Malten.Testing;

namespace Malten.Cluster.Tests.Settling;

/// <summary>A process that has ended is declared dead at once, whatever else changes in the membership table meanwhile.</summary>
public sealed class NeighbourWatchTests : IDisposable
{
    private static readonly SiloAddress Self = FakeMembership.SiloAt(1);
    private static readonly SiloAddress Other = FakeMembership.SiloAt(2);
    private readonly FakeTime _time = new();
    private readonly FakeMembership _membership = new(Self, Other);
    private readonly NoAnswers _silos = new();
    private readonly NeighbourWatch _watch;

    public NeighbourWatchTests() => _watch = new NeighbourWatch(_membership.View, _silos, _silos, _membership, _time);

    public void Dispose() => _watch.Dispose();

    [Fact]
    public async Task It_asks_again_ever_more_rarely_while_the_silo_is_not_dead()
    {
        Assert.False(_watch.MissesAny);
        await PassAsync(0.2);
        Assert.True(_watch.MissesAny);
        Assert.Equal(0, _membership.Asked(Other)); // a host may refuse once
        await PassAsync(0.2);
        Assert.Equal(1, _membership.Asked(Other));
        await PassAsync(0.4);
        Assert.Equal(1, _membership.Asked(Other));
        await PassAsync(0.2);
        Assert.Equal(2, _membership.Asked(Other));
        await PassAsync(0.8);
        Assert.Equal(2, _membership.Asked(Other));
        await PassAsync(0.2);
        Assert.Equal(3, _membership.Asked(Other));
    }

    [Fact]
    public async Task However_long_the_table_can_not_be_written_few_requests_wait_for_it()
    {
        await PassAsync(600);
        Assert.InRange(_membership.Asked(Other), 10, 20);
    }

    [Fact]
    public async Task Who_is_no_member_any_more_is_not_missed()
    {
        await PassAsync(0.4);
        _membership.Set((Self, SiloStatus.Active), (Other, SiloStatus.Dead));
        await PassAsync(0.2);
        Assert.False(_watch.MissesAny);
        await PassAsync(5);
        Assert.Equal(1, _membership.Asked(Other));
    }

    [Fact]
    public async Task A_silo_is_called_three_times_a_second_and_after_a_first_refusal_again_at_once()
    {
        _silos.IsSilent = true;
        await _watch.StartAsync(TestContext.Current.CancellationToken);
        for (var tenths = 0; tenths < 30; tenths++) await TenthAsync();
        Assert.Equal(10, _silos.Calls);

        _silos.IsSilent = false; // its process has ended right after it was called
        for (var tenths = 0; tenths < 3; tenths++) await TenthAsync();
        Assert.Equal(0, _membership.Asked(Other));
        await TenthAsync();
        Assert.Equal(1, _membership.Asked(Other));
        for (var tenths = 0; tenths < 30; tenths++) await TenthAsync();
        Assert.Equal(10 + 2 + 10, _silos.Calls);
        await _watch.StopAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Lets a tenth of a second pass, and the watch look if it is time.</summary>
    private async Task TenthAsync()
    {
        await UntilItWaitsAsync();
        _time.Advance(TimeSpan.FromSeconds(0.1));
        await UntilItWaitsAsync();
    }

    private Task UntilItWaitsAsync() => Eventually.IsSoAsync(() => _time.ActiveTimers == 1);

    private async Task PassAsync(double seconds)
    {
        for (var left = (int)Math.Round(seconds * 1000); left > 0; left -= 200)
        {
            _time.Advance(TimeSpan.FromMilliseconds(200));
            await NoAnswers.LookAsync(_watch);
        }
    }
}
