using System.Collections.Concurrent;
using Malten.Cluster.Tests.Members;
using Malten.Grains.Interfaces;
using Malten.Grains.MessageStreams;
using Malten.Streams.Events;
using Malten.Streams.Life;
using Malten.Streams.Limits;
using Malten.Streams.Listeners;
using Malten.Streams.Values;
using Malten.Testing;

namespace Malten.Cluster.Tests.MessageStreams;

/// <summary>The gateways that subscribe to a stream, and for how long.</summary>
public sealed class SubscribersTests : IGatewayObserver, IDisposable
{
    private readonly TaskScheduler _grain = new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler;
    private readonly FakeTime _time = new();
    private readonly ConcurrentQueue<FeedPush> _pushes = [];
    private readonly MessageStream _stream = new(StreamName.Parse("pushed"), new Capacity(new CapacityOptions()), new FakeTime());
    private readonly Subscribers _subscribers;

    public SubscribersTests()
    {
        _subscribers = new Subscribers(Guid.NewGuid(), _time, new FakeMembership(FakeMembership.SiloAt(1)).View, () => false, null);
        Say("before anybody listens");
        _subscribers.Stored = _stream.Begun;
    }

    public void Dispose() => _stream.Dispose();

    [Fact]
    public Task A_gateway_that_stops_renewing_is_missed_after_twelve_seconds_though_its_silo_lives() => OnGrainAsync(() =>
    {
        Subscribe();
        SayAndPush("heard");
        Assert.Single(_pushes);
        _time.Advance(TimeSpan.FromSeconds(11.9));
        _subscribers.RemoveLost(_stream);
        Assert.Equal(1, _subscribers.Count);
        Subscribe();
        _time.Advance(TimeSpan.FromSeconds(11.9));
        _subscribers.RemoveLost(_stream);
        Assert.Equal(1, _subscribers.Count);
        _time.Advance(TimeSpan.FromSeconds(0.1));
        _subscribers.RemoveLost(_stream);
        Assert.Equal(0, _subscribers.Count);
        return Task.CompletedTask;
    });

    Task IGatewayObserver.Push(FeedPush push)
    {
        _pushes.Enqueue(push);
        return Task.CompletedTask;
    }

    Task IGatewayObserver.Renew(string stream) => Task.CompletedTask;

    Task<bool> IGatewayObserver.SetStatus(string session, PresenceStatus status) => Task.FromResult(false);

    /// <summary>One thing after another, as in a grain.</summary>
    private Task OnGrainAsync(Func<Task> act) =>
        Task.Factory.StartNew(act, CancellationToken.None, TaskCreationOptions.None, _grain).Unwrap();

    private void Subscribe() => _subscribers.Add(new FeedSubscription
    {
        Gateway = "gateway", Silo = FakeMembership.SiloAt(1), Number = 1, Observer = this, Begun = _stream.Begun, Last = _stream.Newest,
        CanOffer = true, Presence = new NodePresence(new Presence(1, [])),
    }, _stream);

    private void SayAndPush(string text)
    {
        Say(text);
        _subscribers.Push(_stream);
    }

    private void Say(string text) => _stream.TryAppend(new Draft { Address = _stream.Name, Text = MessageText.Parse(text) }, out _);
}
