using Malten.Silo.Lifetime;
using Malten.Testing;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging.Abstractions;

namespace Malten.Cluster.Tests.Members;

/// <summary>Whether a process starts its host again once that has stopped.</summary>
public sealed class RejoiningTests
{
    private readonly ApplicationLifetime _host = new(NullLogger<ApplicationLifetime>.Instance);
    private readonly Rejoining _rejoining;

    public RejoiningTests() => _rejoining = new Rejoining(_host, new FakeTime(), NullLogger<Rejoining>.Instance);

    [Fact]
    public async Task A_silo_that_lost_its_place_stops_and_joins_again()
    {
        _rejoining.OnFatalException();
        Assert.True(_rejoining.IsDue);
        await Eventually.IsSoAsync(() => _host.ApplicationStopping.IsCancellationRequested);
        _rejoining.OnFatalException(); // Orleans finds it dead again and again while it stops
        Assert.True(_rejoining.IsDue);
    }

    [Fact]
    public async Task One_that_was_asked_to_stop_and_loses_its_place_meanwhile_does_not()
    {
        _host.StopApplication();
        _rejoining.OnFatalException();
        Assert.False(_rejoining.IsDue);
        Assert.False(await _rejoining.IsDueAsync());
    }
}
