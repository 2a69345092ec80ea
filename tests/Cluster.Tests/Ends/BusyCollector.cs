using Malten.Grains.Copies;
using Malten.Grains.Replicas;
using Malten.Streams;
using Malten.Streams.Feeds;
using Malten.Streams.Limits;
using Malten.Streams.Values;
using Malten.Testing;

namespace Malten.Cluster.Tests.Ends;

/// <summary>
/// A cluster in which Orleans looks for idle grains every second and takes those that were idle for two. Orleans does so
/// by the real clock; streams live by one that a test moves.
/// </summary>
public sealed class BusyCollector : IAsyncLifetime
{
    private static readonly string[] GrainsOfStreams = ["StreamGrain", "ResponderGrain"];
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public ClusterHost Host { get; } = new() { CollectionQuantum = TimeSpan.FromSeconds(1) };

    public IReadOnlyList<IStreamBroker> Brokers => Host.Brokers;

    public FakeTime Time => Host.Time;

    public async ValueTask InitializeAsync() => await Host.StartAsync(new CapacityOptions());

    public ValueTask DisposeAsync() => Host.DisposeAsync();

    /// <summary>The streams among these that have an activation.</summary>
    public async Task<HashSet<string>> ActiveAsync(IEnumerable<StreamName> names)
    {
        var active = (await ActivationsAsync()).Select(one => one.GrainId.Key.ToString()!).ToHashSet();
        return [.. names.Select(name => name.Value).Where(active.Contains)];
    }

    /// <summary>Returns when a grain that was idle from now on has been taken: whatever was idle longer is gone by then.</summary>
    public async Task CollectAsync()
    {
        var canary = StreamName.Random();
        await Brokers[0].ReadAsync(new PageRequest(canary));
        await UntilAsync(async () => (await ActiveAsync([canary])).Count == 0, () => Task.FromResult("The collector does nothing."));
    }

    /// <summary>Every gateway renews its subscriptions, as it does every few seconds.</summary>
    public Task RenewAsync() => Task.WhenAll(Host.Services<FeedReplicas>().Select(replicas => replicas.RenewAllAsync()));

    /// <summary>Returns when no silo holds anything of any stream.</summary>
    public Task UntilNothingIsLeftAsync() => UntilAsync(
        async () => await MeasureAsync() == Left.Nothing, async () => $"Nothing should be left, not {await MeasureAsync()}");

    internal async Task<Left> MeasureAsync() => new(
        (await ActivationsAsync()).Count, Host.Services<CopyStore>().Sum(copies => copies.Count),
        Host.Services<FeedReplicas>().Sum(replicas => replicas.Count), Host.StreamsHeld, Host.BytesHeld, Time.ActiveTimers);

    private async Task<List<DetailedGrainStatistic>> ActivationsAsync()
    {
        var all = await Host.Cluster.GrainFactory.GetGrain<IManagementGrain>(0).GetDetailedGrainStatistics();
        return [.. all.Where(one => GrainsOfStreams.Any(type => one.GrainType.Contains(type, StringComparison.Ordinal)))];
    }

    private static async Task UntilAsync(Func<Task<bool>> happened, Func<Task<string>> complaint)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!await happened())
        {
            if (TimeProvider.System.GetElapsedTime(started) > Patience) Assert.Fail(await complaint());
            await Task.Delay(20);
        }
    }
}
