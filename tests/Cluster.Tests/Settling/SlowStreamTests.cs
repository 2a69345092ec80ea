using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Reflection;
using Malten.Cluster.Tests.Members;
using Malten.Grains.Calls;
using Malten.Grains.Copies;
using Malten.Grains.Interfaces;
using Malten.Grains.Members;
using Malten.Grains.MessageStreams;
using Malten.Grains.Settling;
using Malten.Streams.Events;
using Malten.Streams.Life;
using Malten.Streams.Limits;
using Malten.Streams.Values;
using Malten.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Malten.Cluster.Tests.Settling;

/// <summary>A stream that can't be settled for long: its copies cross a slow link, or its activation is ending and waits for something.</summary>
public sealed class SlowStreamTests : IStreamGrains, IDisposable
{
    private const string Slow = "slow";
    private static readonly SiloAddress Self = FakeMembership.SiloAt(1);
    private readonly FakeTime _time = new();
    private readonly FakeMembership _membership = new(Self);
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly ConcurrentDictionary<string, int> _asked = new();
    private readonly TaskCompletionSource<SettleOutcome> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lease _lease;
    private readonly CopyStore _copies;
    private readonly LocalStreams _local;
    private readonly NeighbourWatch _neighbours;
    private readonly Settler _settler;

    public SlowStreamTests()
    {
        _lease = new Lease(_membership.View, null!, Options.Create(new LeaseOptions()), _time);
        _copies = new CopyStore(new Capacity(new CapacityOptions()), _time, _time, _membership.View, _lease);
        _local = new LocalStreams(_time, _time);
        _neighbours = new NeighbourWatch(_membership.View, new NoAnswers(), new NoAnswers(), _membership, _time);
        _settler = new Settler(
            _membership.View, _local, _copies, new NoAnswers(), new Settlement(_membership.View), _neighbours, this,
            Options.Create(new CopyOptions()), _services.GetRequiredService<IMeterFactory>(), _time);
    }

    GrainId IStreamGrains.IdOf(StreamName name) => throw new NotSupportedException();

    IStreamGrain IStreamGrains.Of(StreamName name)
    {
        var grain = DispatchProxy.Create<IStreamGrain, Grain>();
        ((Grain)grain).Settle = () =>
        {
            _asked.AddOrUpdate(name.Value, 1, (_, times) => times + 1);
            return name.Value == Slow ? _answer.Task : Task.FromResult(SettleOutcome.InPlace);
        };
        return grain;
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
    public async Task Keeps_no_other_waiting_and_is_tried_again()
    {
        await _settler.StartAsync(default);
        Keep(Slow);
        await Eventually.IsSoAsync(() => Asked(Slow) == 1);
        Keep("other");
        await PassUntilAsync(() => Asked("other") == 1);
        await PassUntilAsync(() => Asked(Slow) > 2);
        Assert.False(_settler.HasSettled);

        _answer.SetResult(SettleOutcome.InPlace);
        await PassUntilAsync(() => _settler.HasSettled);
        await _settler.StopAsync(default);
    }

    [Fact]
    public async Task Is_looked_at_again_when_it_was_kept_again_meanwhile()
    {
        await _settler.StartAsync(default);
        Keep(Slow);
        await Eventually.IsSoAsync(() => Asked(Slow) == 1);
        Keep(Slow);
        _answer.SetResult(SettleOutcome.InPlace);
        await PassUntilAsync(() => Asked(Slow) == 2 && _settler.HasSettled);
        await _settler.StopAsync(default);
    }

    private int Asked(string name) => _asked.GetValueOrDefault(name);

    private Task PassUntilAsync(Func<bool> isSo) => Eventually.IsSoAsync(() =>
    {
        _time.Advance(TimeSpan.FromMilliseconds(100));
        return isSo();
    });

    /// <summary>An activation that was replaced leaves its stream.</summary>
    private void Keep(string name)
    {
        using var stream = new MessageStream(StreamName.Parse(name), new Capacity(new CapacityOptions()), _time);
        stream.TryAppend(new Draft { Address = stream.Name, Text = MessageText.Parse("kept") }, out _);
        _copies.Keep(new StreamCopy { Stream = stream.Capture()!, Writer = new CopyWriter(Self, 1), Turn = _copies.NextTurn() });
    }

    /// <summary>A stream of which nothing is asked but to be settled.</summary>
    public class Grain : DispatchProxy
    {
        internal Func<Task<SettleOutcome>> Settle { get; set; } = null!;

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
            targetMethod!.Name == nameof(IStreamGrain.Settle) ? Settle() : throw new NotSupportedException();
    }
}
