using System.Collections.Concurrent;
using Malten.Grains.Copies;
using Malten.Grains.Interfaces;
using Malten.Streams.Events;
using Malten.Streams.Feeds;
using Malten.Streams.Limits;
using Malten.Streams.Values;

namespace Malten.Cluster.Tests.Copies;

/// <summary>Posts and copies that wait together travel together, and each is stored or refused by itself.</summary>
public sealed class BatchTests : IOutgoingGrainCallFilter, IAsyncLifetime
{
    private const int Posts = 400;

    private readonly ClusterHost _host;
    private readonly StreamName _name = StreamName.Random();
    private readonly ConcurrentBag<string> _calls = [];

    public BatchTests() => _host = new ClusterHost { Calls = this };

    Task IOutgoingGrainCallFilter.Invoke(IOutgoingGrainCallContext context)
    {
        _calls.Add(context.MethodName);
        return context.Invoke();
    }

    public async ValueTask InitializeAsync()
    {
        await _host.StartAsync(new CapacityOptions());
        await _host.SettledAsync();
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Posts_to_one_stream_travel_together()
    {
        await _host.Broker.AppendAsync(DraftOf("first"));
        _calls.Clear();
        var posting = _host.Brokers.Select(broker => Enumerable.Range(0, Posts)
            .Select(number => broker.AppendAsync(DraftOf($"{number}")).AsTask()).ToList()).ToList();
        foreach (var posts in posting) await Task.WhenAll(posts);
        Assert.InRange(Calls(nameof(IStreamGrain.Append)), 1, Posts / 4);
        Assert.InRange(Calls(nameof(ICopyService.Add)), 1, Posts / 4);
        Assert.Equal(StreamLimits.Messages, (await _host.Broker.ReadAsync(new PageRequest(_name, StreamLimits.Messages))).Count);
    }

    [Fact]
    public async Task A_post_that_is_refused_does_not_keep_those_that_travel_with_it_from_being_stored()
    {
        var pipe = await _host.Broker.CreatePipeAsync(TimeToLive.Default);
        var (mine, wrong) = (new StreamAddress(pipe.Name, pipe.Seats[0]), new StreamAddress(pipe.Name, "wrong"));
        var twice = Guid.NewGuid();
        var outcomes = await _host.Stream(pipe.Name).Append([
            DraftOf("one", mine), DraftOf("two", wrong), DraftOf("three", mine, twice), DraftOf("three", mine, twice), DraftOf("four", mine)]);
        Assert.Equal([null, Refusal.NotYours, null, null, null], outcomes.Select(outcome => outcome.Refusal));
        Assert.Equal(outcomes[2].Value.Timestamp, outcomes[3].Value.Timestamp);
        var page = await _host.Broker.ReadAsync(new PageRequest(mine));
        Assert.Equal([outcomes[0].Value.Id, twice, outcomes[4].Value.Id], page.Select(frame => frame.Id));
    }

    [Fact]
    public async Task Copies_of_many_streams_travel_together_and_all_of_them_arrive()
    {
        var names = Enumerable.Range(0, Posts).Select(_ => StreamName.Random()).ToList();
        _calls.Clear();
        await Task.WhenAll(names.Select(name => _host.Broker.AppendAsync(DraftOf("held", name)).AsTask()));
        Assert.InRange(Calls(nameof(ICopyService.Find)), 1, 2 * Posts);
        Assert.InRange(Calls(nameof(ICopyService.Hold)), 1, Posts);
        foreach (var name in names)
            Assert.Single(_host.Services<CopyStore>(), copies => copies.Find(name.Value, 0).Copy?.Stream.Messages.Count == 1);
    }

    private int Calls(string method) => _calls.Count(call => call == method);

    private Draft DraftOf(string text) => DraftOf(text, _name);

    private static Draft DraftOf(string text, StreamAddress address, Guid? id = null) =>
        new() { Address = address, Text = MessageText.Parse(text), Id = id ?? Guid.NewGuid() };
}
