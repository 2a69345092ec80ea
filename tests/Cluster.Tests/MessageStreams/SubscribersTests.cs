using System.Collections.Concurrent;
using System.Text.Json;
using Malten.Cluster.Tests.Members;
using Malten.Grains.Interfaces;
using Malten.Grains.MessageStreams;
using Malten.Streams.Events;
using Malten.Streams.Feeds;
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
    private readonly FakeMembership _membership = new(FakeMembership.SiloAt(1));
    private readonly Subscribers _subscribers;

    public SubscribersTests()
    {
        _subscribers = new Subscribers(_time, _membership.View, () => false, null);
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

    [Fact]
    public Task Pushes_are_numbered_and_those_of_the_next_subscribers_are_told_from_them() => OnGrainAsync(() =>
    {
        Subscribe();
        SayAndPush("one");
        SayAndPush("two");
        _subscribers.Remove("gateway", 1);
        SayAndPush("for nobody");
        Subscribe(number: 2);
        SayAndPush("three");
        Assert.Equal([1, 2, 3], _pushes.Select(push => push.Number));
        Assert.Equal(3, _subscribers.Pushed);
        Assert.All(_pushes, push => Assert.Equal(_subscribers.Activation, push.Activation));
        // A name that was a pipe is run anew by the same grain, while the end of the pipe is still being pushed.
        Assert.NotEqual(_subscribers.Activation, new Subscribers(_time, _membership.View, () => false, null).Activation);
        return Task.CompletedTask;
    });

    [Fact]
    public Task After_a_move_a_gateway_that_is_not_known_may_come_for_five_seconds_and_one_that_has_gone_may_not() => OnGrainAsync(() =>
    {
        Assert.False(_subscribers.MayCome("gateway")); // the stream began here
        _subscribers.HavePredecessor = true;
        Assert.True(_subscribers.MayCome("gateway"));
        Subscribe();
        Assert.False(_subscribers.MayCome("gateway"));
        Assert.True(_subscribers.Remove("gateway", 1));
        Assert.False(_subscribers.MayCome("gateway"));
        _time.Advance(TimeSpan.FromSeconds(4.9));
        Assert.True(_subscribers.MayCome("another"));
        _time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.False(_subscribers.MayCome("another"));
        return Task.CompletedTask;
    });

    [Fact]
    public Task A_renewal_of_a_former_subscription_does_not_take_the_place_of_the_one_after_it() => OnGrainAsync(() =>
    {
        Subscribe(number: 2);
        Subscribe(number: 1); // was on its way when its replica was dropped
        Assert.False(_subscribers.Remove("gateway", 1));
        Assert.Equal(1, _subscribers.Count);
        Assert.True(_subscribers.Remove("gateway", 2));
        return Task.CompletedTask;
    });

    [Fact]
    public Task A_renewal_that_comes_after_the_end_of_its_subscription_brings_nobody_back() => OnGrainAsync(() =>
    {
        Subscribe(number: 1);
        Assert.True(_subscribers.Remove("gateway", 2)); // of which nothing has come yet
        Subscribe(number: 2);
        Assert.Equal(0, _subscribers.Count);
        Subscribe(number: 3);
        Assert.Equal(1, _subscribers.Count);
        return Task.CompletedTask;
    });

    [Fact]
    public Task Whoever_listened_before_the_stream_moved_has_left_once_their_gateway_does_not_come() => OnGrainAsync(() =>
    {
        using var stream = Named();
        using var reader = new FeedFollower(stream.Feed);
        GatewayListeners[] known =
        [
            new() { Gateway = "comes", Silo = FakeMembership.SiloAt(1), Listeners = ["comes-1"] },
            new() { Gateway = "does not", Silo = FakeMembership.SiloAt(1), Listeners = ["gone-1", "gone-2"] },
        ];
        Subscribe(stream, "gateway", ["here"], known);
        Assert.Equal(["comes-1", "gone-1", "gone-2", "here"], stream.GetPresence().Listeners!.Order());
        Subscribe(stream, "comes", ["comes-1", "comes-2"], []);
        _time.Advance(TimeSpan.FromSeconds(6));
        Subscribe(stream, "gateway", ["here"], known);
        Subscribe(stream, "comes", ["comes-1", "comes-2"], []);
        _time.Advance(TimeSpan.FromSeconds(6));
        _subscribers.RemoveLost(stream);
        Subscribe(stream, "gateway", ["here"], known); // what it knows is old
        Assert.Equal(["comes-1", "comes-2", "here"], stream.GetPresence().Listeners!.Order());
        Assert.Equal(["gone-1", "gone-2"], Left(reader));
        return Task.CompletedTask;
    });

    [Fact]
    public Task Who_listens_elsewhere_is_told_when_it_has_changed_and_not_with_each_event() => OnGrainAsync(() =>
    {
        using var stream = Named();
        string[] many = [.. Enumerable.Range(0, 1000).Select(i => $"gateway-{i}")];
        Subscribe(stream, "gateway", many, []);
        _subscribers.Push(stream);
        Assert.Equal(many, Assert.Single(_pushes.Last().Elsewhere!).Listeners);
        stream.Announce("what?", stream.Name);
        _subscribers.Push(stream);
        Assert.Equal(2, _pushes.Count);
        Assert.Null(_pushes.Last().Elsewhere);
        stream.Report("gateway", new NodePresence(new Presence(999, []) { Listeners = many[1..] }, Number: _time.GetTimestamp()));
        _subscribers.Push(stream);
        Assert.Equal(["gateway-0"], Left(_pushes.Last().Frames));
        Assert.Equal(many[1..], Assert.Single(_pushes.Last().Elsewhere!).Listeners);
        return Task.CompletedTask;
    });

    [Fact]
    public Task Whoever_has_gone_with_a_silo_has_left_once_however_many_knew_them() => OnGrainAsync(() =>
    {
        using var stream = Named();
        using var reader = new FeedFollower(stream.Feed);
        var dead = FakeMembership.SiloAt(2);
        GatewayListeners[] known = [new() { Gateway = "dead", Silo = dead, Listeners = ["gone"] }];
        _membership.Set((FakeMembership.SiloAt(1), SiloStatus.Active), (dead, SiloStatus.Dead));
        foreach (var gateway in new[] { "one", "two", "three" })
        {
            Subscribe(stream, gateway, [gateway + "-1"], known);
            _subscribers.RemoveLost(stream);
        }

        Assert.Equal(["one-1", "three-1", "two-1"], stream.GetPresence().Listeners!.Order());
        Assert.True(_subscribers.Remove("three", 1));
        stream.Report("three", null);
        Assert.Equal(["gone", "three-1"], Left(reader));
        return Task.CompletedTask;
    });

    [Fact]
    public Task A_gateway_that_comes_late_is_told_who_has_left_before() => OnGrainAsync(() =>
    {
        using var stream = Named();
        var dead = FakeMembership.SiloAt(2);
        GatewayListeners Known(string gateway, params string[] listeners) =>
            new() { Gateway = gateway, Silo = gateway == "dead" ? dead : FakeMembership.SiloAt(1), Listeners = listeners };
        _membership.Set((FakeMembership.SiloAt(1), SiloStatus.Active), (dead, SiloStatus.Dead));
        Subscribe(stream, "moved", ["moved-1"], []);
        Subscribe(stream, "first", ["first-1"], [Known("dead", "gone"), Known("moved", "moved-1")]);
        _subscribers.RemoveLost(stream); // what the others are told of it is still to be pushed
        Subscribe(stream, "late", ["late-1"], [Known("dead", "gone"), Known("moved", "moved-1", "moved-2"), Known("first", "first-1")]);
        string[][] told = [.. _pushes.Select(push => Left(push.Frames).ToArray()).Where(left => left.Length > 0)];
        Assert.Equal([["gone"], ["gone"], ["gone", "moved-2"]], told);
        _pushes.Clear();
        _subscribers.Push(stream);
        Subscribe(stream, "late", ["late-1"], [Known("dead", "gone")]);
        Assert.Empty(_pushes);
        return Task.CompletedTask;
    });

    [Fact]
    public Task Whoever_has_gone_with_a_silo_before_a_gateway_brought_the_stream_back_has_left() => OnGrainAsync(() =>
    {
        using var before = Named();
        using var stream = new MessageStream(before.Name, new Capacity(new CapacityOptions()), new FakeTime());
        using var reader = new FeedFollower(stream.Feed);
        var dead = FakeMembership.SiloAt(2);
        _membership.Set((FakeMembership.SiloAt(1), SiloStatus.Active), (dead, SiloStatus.Dead));
        Subscribe(stream, "gateway", ["here"], [new() { Gateway = "dead", Silo = dead, Listeners = ["gone"] }]);
        stream.Restore(before.CaptureFor(Timestamp.None, Timestamp.None)!);
        _subscribers.AwaitOthers(stream);
        Assert.Equal(["gone", "here"], stream.GetPresence().Listeners!.Order());
        _subscribers.RemoveLost(stream);
        Assert.Equal(["here"], stream.GetPresence().Listeners!);
        Assert.Equal(["gone"], Left(reader));
        return Task.CompletedTask;
    });

    Task IGatewayObserver.Push(FeedPush push)
    {
        _pushes.Enqueue(push);
        return Task.CompletedTask;
    }

    Task IGatewayObserver.Renew(string stream) => Task.CompletedTask;

    Task<bool> IGatewayObserver.SetStatus(string session, PresenceStatus status) => Task.FromResult(false);

    Task<Outcome<string>> IGatewayObserver.Identify(string session, StreamAddress address) => throw new NotSupportedException();

    Task<Refusal?> IGatewayObserver.Deliver(string stream, string listener, Frame signal) => throw new NotSupportedException();

    Task IGatewayObserver.DeliverToAll(string stream, Frame signal) => throw new NotSupportedException();

    /// <summary>One thing after another, as in a grain.</summary>
    private Task OnGrainAsync(Func<Task> act) =>
        Task.Factory.StartNew(act, CancellationToken.None, TaskCreationOptions.None, _grain).Unwrap();

    /// <summary>Those of whom a stream has told that they have left.</summary>
    private static IEnumerable<string> Left(FeedFollower reader) => Left(reader.Take());

    private static IEnumerable<string> Left(Frame[] frames) => frames
        .Select(frame => JsonDocument.Parse(frame.Json).RootElement.GetProperty("Payload"))
        .Where(payload => payload.GetProperty("Name").GetString() == "left").Select(payload => payload.GetProperty("Listener").GetString()!);

    private MessageStream Named()
    {
        var stream = new MessageStream(StreamName.Parse("named"), new Capacity(new CapacityOptions()), new FakeTime());
        stream.Begin(new StreamSettings(stream.Name, true, TimeToLive.Default) { Keep = Retention.None });
        _subscribers.Stored = stream.Begun;
        return stream;
    }

    private void Subscribe(MessageStream stream, string gateway, string[] listeners, GatewayListeners[] elsewhere)
    {
        var presence = new NodePresence(new Presence(listeners.Length, []) { Listeners = listeners }, Number: _time.GetTimestamp());
        _subscribers.Add(new FeedSubscription
        {
            Gateway = gateway, Silo = FakeMembership.SiloAt(1), Number = 1, Observer = this, Begun = stream.Begun, Last = stream.Newest,
            CanOffer = true, Presence = presence, Elsewhere = elsewhere,
        }, stream);
        stream.Report(gateway, presence);
    }

    private void Subscribe(long number = 1) => _subscribers.Add(new FeedSubscription
    {
        Gateway = "gateway", Silo = FakeMembership.SiloAt(1), Number = number, Observer = this, Begun = _stream.Begun, Last = _stream.Newest,
        CanOffer = true, Presence = new NodePresence(new Presence(1, [])),
    }, _stream);

    private void SayAndPush(string text)
    {
        Say(text);
        _subscribers.Push(_stream);
    }

    private void Say(string text) => _stream.TryAppend(new Draft { Address = _stream.Name, Text = MessageText.Parse(text) }, out _);
}
