using System.Diagnostics.Metrics;
using Malten.Cluster.Tests.Members;
using Malten.Grains.Copies;
using Malten.Grains.Members;
using Malten.Grains.MessageStreams;
using Malten.Grains.Settling;
using Malten.Streams.Limits;
using Malten.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Malten.Cluster.Tests.Settling;

/// <summary>When a silo has settled, and what it says is missing until then.</summary>
public sealed class SettlerTests : IDisposable
{
    private static readonly SiloAddress Self = FakeMembership.SiloAt(1);
    private static readonly SiloAddress Other = FakeMembership.SiloAt(2);
    private readonly FakeTime _time = new();
    private readonly FakeMembership _membership = new(Self);
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly Lease _lease;
    private readonly CopyStore _copies;
    private readonly LocalStreams _local;
    private readonly Settlement _settlement;
    private readonly NeighbourWatch _neighbours;
    private readonly Settler _settler;

    public SettlerTests()
    {
        var meters = _services.GetRequiredService<IMeterFactory>();
        _lease = new Lease(_membership.View, null!, Options.Create(new LeaseOptions()), _time);
        _copies = new CopyStore(new Capacity(new CapacityOptions()), _time, _time, _membership.View, _lease);
        _local = new LocalStreams(_time, _time);
        _settlement = new Settlement(_membership.View);
        _neighbours = new NeighbourWatch(_membership.View, new NoAnswers(), new NoAnswers(), _membership, _time);
        _settler = new Settler(
            _membership.View, _local, _copies, new NoAnswers(), _settlement, _neighbours, null!,
            Options.Create(new CopyOptions()), meters, TimeProvider.System);
    }

    public void Dispose()
    {
        _settler.Dispose();
        _neighbours.Dispose();
        _local.Dispose();
        _copies.Dispose();
        _lease.Dispose();
        _services.Dispose();
    }

    [Fact]
    public async Task A_view_that_comes_back_must_be_settled_anew()
    {
        Assert.False(_settler.HasSettled);
        await _settler.StartAsync(default);
        await Eventually.IsSoAsync(() => _settler.HasSettled);

        // Another silo was there for a moment, too short for this one to notice, and streams may have moved to it.
        _membership.Set((Self, SiloStatus.Active), (Other, SiloStatus.Active));
        _membership.Set((Self, SiloStatus.Active), (Other, SiloStatus.Dead));
        Assert.False(_settler.HasSettled);
        await Eventually.IsSoAsync(() => _settler.HasSettled);
        await _settler.StopAsync(default);
    }

    [Fact]
    public async Task Copies_may_be_missing_from_the_moment_that_a_silo_does_not_answer_until_all_have_settled_without_it()
    {
        Assert.Equal(1, Missing());
        await _settler.StartAsync(default);
        _membership.Set((Self, SiloStatus.Active), (Other, SiloStatus.Active));
        await Eventually.IsSoAsync(() => _settler.HasSettled);
        Report(Self);
        Assert.Equal(1, Missing()); // the other one has not settled
        Report(Other);
        Assert.Equal(0, Missing());

        await NoAnswers.LookAsync(_neighbours);
        Assert.Equal(1, Missing());
        _membership.Set((Self, SiloStatus.Active), (Other, SiloStatus.Dead));
        await NoAnswers.LookAsync(_neighbours);
        Assert.Equal(1, Missing());
        await Eventually.IsSoAsync(() => _settler.HasSettled);
        Assert.Equal(1, Missing());
        Report(Self);
        Assert.Equal(0, Missing());
        await _settler.StopAsync(default);
    }

    private void Report(SiloAddress silo) => _settlement.Report(silo, _membership.View.View.Id, _membership.View.Version);

    private int Missing()
    {
        var meters = _services.GetRequiredService<IMeterFactory>();
        using var listener = new MeterListener();
        int? missing = null;
        listener.InstrumentPublished = (instrument, to) =>
        {
            if (instrument.Name == "malten.copies.missing" && instrument.Meter.Scope == meters) to.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<int>((_, measured, _, _) => missing = measured);
        listener.Start();
        listener.RecordObservableInstruments();
        return Assert.NotNull(missing);
    }
}
