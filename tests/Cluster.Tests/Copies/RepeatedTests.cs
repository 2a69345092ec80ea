using Malten.Grains.Interfaces;
using Malten.Streams.Events;
using Malten.Streams.Feeds;
using Malten.Streams.Life;
using Malten.Streams.Limits;
using Malten.Streams.Values;
using Orleans.Core.Internal;

namespace Malten.Cluster.Tests.Copies;

/// <summary>A request that a node repeats takes effect once, also when the stream has a new activation meanwhile.</summary>
[Collection(nameof(ClusterContractHost))]
public sealed class RepeatedTests : IAsyncLifetime
{
    private readonly ClusterHost _host = new();
    private readonly StreamName _name = StreamName.Random();

    private IStreamGrain Stream => _host.Stream(_name);

    public async ValueTask InitializeAsync() => await _host.StartAsync(new CapacityOptions());

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task A_repeated_begin_gets_the_same_answer_from_the_next_activation()
    {
        var (settings, request) = (new StreamSettings(_name, false, TimeToLive.Default), Guid.NewGuid());
        Assert.Null((await Stream.Begin(settings, null, request)).Refusal);
        await EndActivationAsync();
        Assert.Null((await Stream.Begin(settings, null, request)).Refusal);
        Assert.Equal(Refusal.NameTaken, (await Stream.Begin(settings, null, Guid.NewGuid())).Refusal);
    }

    [Fact]
    public async Task A_post_that_is_repeated_after_a_thousand_newer_ones_is_stored_once()
    {
        var draft = new Draft { Address = _name, Text = MessageText.Parse("first"), Id = Guid.NewGuid() };
        var first = (await Stream.Append([draft]))[0].Unwrap();
        await Parallel.ForAsync(0, StreamLimits.Messages, async (_, cancellationToken) =>
            await _host.Broker.AppendAsync(new Draft { Address = _name, Text = MessageText.Parse("newer") }, cancellationToken));
        for (var activation = 0; activation < 2; activation++)
        {
            Assert.Equal(first.Timestamp, (await Stream.Append([draft]))[0].Unwrap().Timestamp);
            await EndActivationAsync();
        }

        var page = await _host.Broker.ReadAsync(new PageRequest(_name, StreamLimits.Messages));
        Assert.DoesNotContain(page, message => message.Id == draft.Id);
    }

    private async Task EndActivationAsync()
    {
        await Stream.Cast<IGrainManagementExtension>().DeactivateOnIdle();
        while (await _host.ActivationsAsync(_name) > 0) await Task.Delay(10);
    }
}
