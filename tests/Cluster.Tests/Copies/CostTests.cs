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

    private const string Directory = "IGrainDirectoryPartition";

    private static readonly string[] Maintenance =
        [nameof(ICopyService.Ping), nameof(ICopyService.ReportSettled), nameof(ICopyService.ReportLeaving), nameof(ICopyService.Drop)];

    private readonly ConcurrentBag<string> _asked = [];
    private readonly ConcurrentBag<string> _directory = [];

    Task IOutgoingGrainCallFilter.Invoke(IOutgoingGrainCallContext context)
    {
        var service = context.InterfaceName.Split('.')[^1];
        if (service == Directory) _directory.Add(context.MethodName);
        else if (service is nameof(ICopyService) or nameof(IReadService) && !Maintenance.Contains(context.MethodName)) _asked.Add(context.MethodName);
        return context.Invoke();
    }

    [Theory]
    [InlineData(3)]
    [InlineData(9)]
    public async Task A_begin_a_read_or_a_post_asks_as_many_silos_as_hold_the_stream(short silos)
    {
        await using var host = new ClusterHost { Silos = silos, Calls = this };
        await host.StartAsync(new CapacityOptions());
        await host.SettledAsync();
        // Each node reads once before anything is counted: Orleans looks for grains of its own then.
        await CallsAsync(host, ReadAsync, [.. host.Brokers.Select(_ => StreamName.Random())]);
        var names = Enumerable.Range(0, Streams).Select(_ => StreamName.Random()).ToList();
        Assert.InRange(await CallsAsync(host, ReadAsync), Streams, Streams * Copies);
        Assert.InRange(_directory.Count, 1, Streams); // so an unused name costs Copies + 1 calls in all
        Assert.Equal(0, await host.ActivationsAsync());
        Assert.InRange(await CallsAsync(host, (broker, name) => broker.CreateAsync(
            new StreamSettings(name, false, TimeToLive.Default)).AsTask(), names), Streams, Streams * (Copies + 1));
        Assert.InRange(await CallsAsync(host, (broker, name) => broker.AppendAsync(
            new Draft { Address = name, Text = MessageText.Parse("a") }).AsTask(), names), Streams, Streams * Copies);
        Assert.InRange(await CallsAsync(host, ReadAsync, names), 0, Streams);
    }

    private static Task ReadAsync(IStreamBroker broker, StreamName name) => broker.ReadAsync(new PageRequest(name)).AsTask();

    /// <summary>How many silos are asked in all, when something is done with each of these names.</summary>
    private async Task<int> CallsAsync(ClusterHost host, Func<IStreamBroker, StreamName, Task> act, List<StreamName>? names = null)
    {
        _asked.Clear();
        _directory.Clear();
        names ??= [.. Enumerable.Range(0, Streams).Select(_ => StreamName.Random())];
        foreach (var (index, name) in names.Index()) await act(host.Brokers[index % host.Brokers.Count], name);
        return _asked.Count;
    }
}
