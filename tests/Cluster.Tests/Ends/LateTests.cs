using Malten.Grains.Copies;
using Malten.Streams;
using Malten.Streams.Events;
using Malten.Streams.Feeds;
using Malten.Streams.Life;
using Malten.Streams.Limits;
using Malten.Streams.Values;
using Malten.Testing;

namespace Malten.Cluster.Tests.Ends;

/// <summary>What comes in the moment in which a stream ends neither brings it back nor is lost.</summary>
public sealed class LateTests : IOutgoingGrainCallFilter, IAsyncLifetime
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(2);

    private readonly ClusterHost _host;
    private readonly StreamName _name = StreamName.Random();
    private readonly TaskCompletionSource _held = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _gate = Task.CompletedTask;

    public LateTests() => _host = new ClusterHost { Calls = this };

    async Task IOutgoingGrainCallFilter.Invoke(IOutgoingGrainCallContext context)
    {
        if (!_gate.IsCompleted && context.MethodName is nameof(ICopyService.Add) or nameof(ICopyService.Hold))
        {
            _held.TrySetResult();
            await _gate;
        }

        await context.Invoke();
    }

    public async ValueTask InitializeAsync()
    {
        await _host.StartAsync(new CapacityOptions());
        await _host.Broker.CreateAsync(new StreamSettings(_name, false, TimeToLive.FromSeconds(5)));
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task A_message_that_is_stored_for_longer_than_the_stream_had_to_live_is_kept_and_then_ends()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _gate = gate.Task;
        await _host.AdvanceAsync(TimeSpan.FromSeconds(4.9));
        var posting = _host.Broker.AppendAsync(new Draft { Address = _name, Text = MessageText.Parse("in time") }).AsTask();
        await _held.Task;
        await _host.AdvanceAsync(TimeSpan.FromSeconds(6));
        gate.SetResult();
        await posting;
        await _host.AdvanceAsync(TimeSpan.FromSeconds(4.9));
        Assert.Single(await ReadAsync());
        Assert.Single(_host.Services<CopyStore>(), copies => copies.Find(_name.Value, 0).Copy?.Stream.Messages.Count == 1);
        await _host.AdvanceAsync(TimeSpan.FromSeconds(0.1) + Moment);
        Assert.Empty(await ReadAsync());
        await Eventually.IsSoAsync(() => _host.BytesHeld == 0); // other silos drop their copies when they are told
    }

    [Fact]
    public async Task A_gateway_that_has_not_heard_of_the_end_yet_does_not_bring_the_stream_back()
    {
        await using var listener = new Listening(await _host.Broker.ListenAsync(new ListenRequest { Streams = [_name] }));
        await _host.Broker.AppendAsync(new Draft { Address = _name, Text = MessageText.Parse("held") });
        var gateway = new DeadGateway().Subscription(_host.Cluster.GrainFactory);
        var known = (await _host.Stream(_name).Subscribe(gateway)).Stream!;
        await _host.AdvanceAsync(TimeSpan.FromSeconds(5) + Moment);
        await listener.UntilAsync("[expired]");
        var answer = await _host.Stream(_name).Subscribe(gateway with { Begun = known.Begun, Last = known.Newest, CanOffer = true });
        Assert.Equal((false, null), (answer.Wanted, answer.Stream));
        await _host.Stream(_name).Offer(known);
        Assert.Empty(await ReadAsync());
    }

    [Fact]
    public void A_copy_whose_time_runs_out_on_its_way_is_none()
    {
        var stream = new StreamSnapshot(
            new StreamSettings(_name, false, TimeToLive.Default), null, new Timestamp(1024), default, TimeSpan.FromSeconds(2), []);
        var copy = new StreamCopy { Stream = stream, Writer = new CopyWriter(_host.Cluster.Primary.SiloAddress, 1) };
        Assert.Equal(TimeSpan.FromSeconds(1.5), copy.After(TimeSpan.FromSeconds(0.5))!.Stream.TimeLeft);
        Assert.Null(copy.After(TimeSpan.FromSeconds(2)));
    }

    private ValueTask<IReadOnlyList<Frame>> ReadAsync() => _host.Broker.ReadAsync(new PageRequest(_name));
}
