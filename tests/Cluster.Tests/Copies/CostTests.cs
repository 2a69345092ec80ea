using System.Collections.Concurrent;
using Malten.Grains.Copies;
using Malten.Grains.Reads;
using Malten.Streams;
using Malten.Streams.Events;
using Malten.Streams.Feeds;
using Malten.Streams.Life;
using Malten.Streams.Limits;
using Malten.Streams.Values;

namespace Malten.Cluster.Tests.Copies;

/// <summary>What a request costs does not grow with the number of silos.</summary>
public sealed class CostTests : IOutgoingGrainCallFilter
{
    private const int Copies = 2;
    private const int Streams = 30;

    private static readonly string[] Maintenance =
        [nameof(ICopyService.Ping), nameof(ICopyService.ReportSettled), nameof(ICopyService.ReportLeaving), nameof(ICopyService.Drop)];

    private readonly ConcurrentBag<string> _asked = [];

    Task IOutgoingGrainCallFilter.Invoke(IOutgoingGrainCallContext context)
    {
        Console.WriteLine(context.InterfaceName + "." + context.MethodName);
        var isService = context.InterfaceName.EndsWith(nameof(ICopyService), StringComparison.Ordinal)
            || context.InterfaceName.EndsWith(nameof(IReadService), StringComparison.Ordinal);
        if (isService && !Maintenance.Contains(context.MethodName)) _asked.Add(context.MethodName);
        return context.Invoke();
    }

    [Theory]
    [InlineData(3)]
    [InlineData(9)]
    public async Task A_begin_a_read_or_a_post_asks_as_many_silos_as_hold_the_stream(short silos)
    {
        await using var host = new ClusterHost { Silos = silos, Calls = this };
        await host.StartAsync(new CapacityOptions());
        await SettledAsync(host);
        var names = Enumerable.Range(0, Streams).Select(_ => StreamName.Random()).ToList();
        Console.WriteLine("======");
        Assert.InRange(await CallsAsync(host, ReadAsync), Streams, Streams * Copies);
        Console.WriteLine("======");
        Assert.Equal(0, await ActivationsAsync(host));
        Assert.InRange(await CallsAsync(host, (broker, name) => broker.CreateAsync(
            new StreamSettings(name, false, TimeToLive.Default)).AsTask(), names), Streams, Streams * (Copies + 1));
        Assert.InRange(await CallsAsync(host, (broker, name) => broker.AppendAsync(
            new Draft { Address = name, Text = MessageText.Parse("a") }).AsTask(), names), Streams, Streams * Copies);
        Assert.InRange(await CallsAsync(host, ReadAsync, names), 0, Streams);
    }

    private static Task ReadAsync(IStreamBroker broker, StreamName name) => broker.ReadAsync(new PageRequest(name)).AsTask();

    private static async Task<int> ActivationsAsync(ClusterHost host)
    {
        var all = await host.Cluster.GrainFactory.GetGrain<IManagementGrain>(0).GetDetailedGrainStatistics();
        return all.Count(one => one.GrainType.Contains("StreamGrain", StringComparison.Ordinal));
    }

    /// <summary>How many silos are asked in all, when something is done with each of these names.</summary>
    private async Task<int> CallsAsync(ClusterHost host, Func<IStreamBroker, StreamName, Task> act, List<StreamName>? names = null)
    {
        _asked.Clear();
        names ??= [.. Enumerable.Range(0, Streams).Select(_ => StreamName.Random())];
        foreach (var (index, name) in names.Index()) await act(host.Brokers[index % host.Brokers.Count], name);
        return _asked.Count;
    }

    private static async Task SettledAsync(ClusterHost host)
    {
        for (var attempt = 0; !host.Services<Settlement>().TrueForAll(settlement => settlement.IsSettled); attempt++)
        {
            Assert.True(attempt < 2000, "The cluster does not settle.");
            await Task.Delay(10);
        }
    }
}
