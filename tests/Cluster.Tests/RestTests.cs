using System.Collections.Concurrent;
using Malten.Streams.Limits;
using Malten.Testing;

namespace Malten.Cluster.Tests;

/// <summary>Silos that nobody uses call each other seldom: each call wakes threads on both sides, and that is most of what they cost.</summary>
public sealed class RestTests : IOutgoingGrainCallFilter, IAsyncLifetime
{
    private const string Pull = "Dequeue";
    private const int PullsASecond = 10; // Orleans' default

    private readonly ConcurrentQueue<(string Method, GrainId To)> _calls = [];
    private readonly ClusterHost _host;

    public RestTests() => _host = new ClusterHost { Calls = this };

    Task IOutgoingGrainCallFilter.Invoke(IOutgoingGrainCallContext context)
    {
        _calls.Enqueue((context.MethodName, context.TargetId));
        return context.Invoke();
    }

    public async ValueTask InitializeAsync()
    {
        await _host.StartAsync(new CapacityOptions());
        await _host.SettledAsync();
        _calls.Clear();
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task However_many_silos_there_are_commands_wait_in_one_queue()
    {
        await Eventually.IsSoAsync(() => Calls(Pull).Count >= 2 * PullsASecond);
        Assert.Single(Calls(Pull).Distinct());
    }

    [Fact]
    public async Task No_silo_tells_the_others_every_second_how_busy_it_is()
    {
        await Eventually.IsSoAsync(() => Calls(Pull).Count >= 5 * PullsASecond);
        var told = Calls("UpdateRuntimeStatistics").CountBy(silo => silo).Select(silo => silo.Value).DefaultIfEmpty();
        Assert.InRange(told.Max(), 0, _host.Silos - 1); // once by each of the others
    }

    private List<GrainId> Calls(string method) => [.. _calls.Where(call => call.Method == method).Select(call => call.To)];
}
