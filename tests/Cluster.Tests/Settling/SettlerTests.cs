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

/// <summary>When a silo has settled.</summary>
public sealed class SettlerTests
{
    private static readonly SiloAddress Self = FakeMembership.SiloAt(1);
    private static readonly SiloAddress Other = FakeMembership.SiloAt(2);

    [Fact]
    public async Task A_view_that_comes_back_must_be_settled_anew()
    {
        var (time, membership) = (new FakeTime(), new FakeMembership(Self));
        using var lease = new Lease(membership.View, null!, Options.Create(new LeaseOptions()), time);
        using var copies = new CopyStore(new Capacity(new CapacityOptions()), time, time, membership.View, lease);
        using var local = new LocalStreams(time, time);
        await using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        using var settler = new Settler(
            membership.View, local, copies, null!, null!, Options.Create(new CopyOptions()), services.GetRequiredService<IMeterFactory>(), TimeProvider.System);
        Assert.False(settler.HasSettled);
        await settler.StartAsync(default);
        await Eventually.IsSoAsync(() => settler.HasSettled);

        // Another silo was there for a moment, too short for this one to notice, and streams may have moved to it.
        membership.Set((Self, SiloStatus.Active), (Other, SiloStatus.Active));
        membership.Set((Self, SiloStatus.Active), (Other, SiloStatus.Dead));
        Assert.False(settler.HasSettled);
        await Eventually.IsSoAsync(() => settler.HasSettled);
        await settler.StopAsync(default);
    }
}
