using Malten.Streams;
using Malten.Streams.Limits;
using Malten.Streams.Listeners;
using Malten.Streams.Values;

namespace Malten.Testing;

public abstract partial class BrokerSuite<THost>
{
    [Fact]
    public async Task Observers_are_counted_by_connection_and_named_by_label()
    {
        await using var ann = await ListenAsync(Host.Brokers[0], user: "ann");
        await using var again = await ListenAsync(Host.Brokers[^1], user: "ann");
        await using var nobody = await ListenAsync();
        var presence = await UntilPresentAsync(observers: 3);
        Assert.Equal([new PresentUser("ann", PresenceStatus.Online)], presence.Users);
        await nobody.DisposeAsync();
        await UntilPresentAsync(observers: 2);
    }

    [Fact]
    public async Task A_session_changes_the_status_of_its_user_on_any_node()
    {
        await using var ann = await ListenAsync(Host.Brokers[0], user: "ann");
        Assert.True(await Host.Brokers[^1].SetStatusAsync(ann.Reader.Session, PresenceStatus.Typing));
        await UntilPresentAsync(1, PresenceStatus.Typing);
        Assert.True(await Host.Brokers[0].SetStatusAsync(ann.Reader.Session, PresenceStatus.Away));
        await UntilPresentAsync(1, PresenceStatus.Away);
    }

    [Fact]
    public async Task A_session_that_is_not_open_changes_nothing()
    {
        var ann = await ListenAsync(user: "ann");
        await ann.DisposeAsync();
        Assert.False(await Broker.SetStatusAsync(ann.Reader.Session, PresenceStatus.Away));
        Assert.False(await Broker.SetStatusAsync("made up", PresenceStatus.Away));
    }

    [Fact]
    public async Task Changes_of_presence_reach_listeners_at_most_once_a_second()
    {
        await using var listener = await ListenAsync(user: "ann");
        await listener.UntilAsync(listening => Observed(listening).Contains(1));
        var others = new List<Listening>();
        for (var i = 0; i < 5; i++) others.Add(await ListenAsync(Host.Brokers[i % Host.Brokers.Count], user: $"user{i}"));
        await UntilPresentAsync(observers: 6);
        Assert.DoesNotContain(6, Observed(listener.Catch()));
        await Host.AdvanceAsync(TimeSpan.FromSeconds(1.1));
        await listener.UntilAsync(listening => Observed(listening).Contains(6));
        Assert.Equal(2, Observed(listener).Count());
        Assert.Equal(6, listener.Heard[^1].Payload.GetProperty("Users").GetArrayLength());
        foreach (var other in others) await other.DisposeAsync();
    }

    [Fact]
    public async Task A_crowd_of_one_client_at_any_node_does_not_delay_what_others_hear_at_theirs()
    {
        await using var ann = await ListenAsync(Host.Brokers[0], "ann", Quiet);
        await using var bob = await ListenAsync(Host.Brokers[^1], "bob", new ClientKey(3, 3));
        var crowd = new List<Listening>();
        for (var i = 0; i < 600; i++)
            crowd.Add(await ListenAsync(Host.Brokers[1 % Host.Brokers.Count], string.Concat(Enumerable.Repeat("\U0001F600", 29)) + $"{i:000}", Loud));
        await Eventually.IsSoAsync(async () => (await Broker.GetPresenceAsync(Name)).Observers == 602);
        await Host.AdvanceAsync(TimeSpan.FromMinutes(1));
        await UntilToldAsync(PresenceStatus.Typing, "typing"); // now what it takes to tell the crowd is known
        foreach (var (status, said) in new[] { (PresenceStatus.Away, "away"), (PresenceStatus.Online, "online"), (PresenceStatus.Typing, "typing") })
        {
            crowd[0].Catch();
            await UntilToldAsync(status, said);
            Assert.DoesNotContain(crowd[0].Catch().Heard, heard => IsAnn(heard, "away"));
        }

        await Host.AdvanceAsync(TimeSpan.FromMinutes(1));
        await crowd[0].UntilAsync(listening => listening.Heard is [.., var last] && IsAnn(last, "typing"));
        foreach (var one in crowd) await one.DisposeAsync();

        async Task UntilToldAsync(PresenceStatus status, string said)
        {
            Assert.True(await Host.Brokers[0].SetStatusAsync(ann.Reader.Session, status));
            await Host.AdvanceAsync(TimeSpan.FromSeconds(1.1));
            await bob.UntilAsync(listening => listening.Heard is [.., var last] && IsAnn(last, said));
        }

        static bool IsAnn(Heard heard, string status) => heard.Said == "[presence]" && heard.Payload.GetProperty("Users").EnumerateArray()
            .Any(user => user.GetProperty("User").GetString() == "ann" && user.GetProperty("Status").GetString() == status);

        async Task<Listening> ListenAsync(IStreamBroker broker, string user, ClientKey client) => new(await broker.ListenAsync(
            new ListenRequest { Streams = [Name], User = UserLabel.Parse(user), Client = client }));
    }

    [Fact]
    public async Task Presence_that_a_reader_did_not_take_is_no_gap_for_a_later_one_says_all()
    {
        await using var listener = await ListenAsync(user: "ann");
        for (var i = 0; i < 100; i++)
        {
            await Broker.SetStatusAsync(listener.Reader.Session, i % 2 == 0 ? PresenceStatus.Typing : PresenceStatus.Online);
            await Host.AdvanceAsync(TimeSpan.FromSeconds(1.1));
        }

        await PostAsync("end");
        await listener.UntilAsync("end");
        Assert.Equal(["end"], listener.Said);
    }

    [Fact]
    public async Task Commands_that_a_reader_did_not_take_are_a_gap()
    {
        await using var listener = await ListenAsync();
        for (var i = 0; i < 100; i++) await Broker.SendCommandAsync(Name, $"{i}");
        await PostAsync("end");
        await listener.UntilAsync("end");
        Assert.Equal("[gap]", listener.Said.First());
        Assert.Equal(["[command 99]", "end"], listener.Said.TakeLast(2));
    }

    [Fact]
    public async Task A_name_that_nobody_uses_any_more_is_forgotten()
    {
        await Host.AdvanceAsync(TimeSpan.FromDays(1.1)); // other tests may share the host: what they left has ended then
        var bytes = Host.BytesHeld;
        for (var i = 0; i < 20; i++)
        {
            await using var listener = await ListenAsync(user: "ann");
            await Host.AdvanceAsync(TimeSpan.FromSeconds(2));
        }

        Assert.Equal(bytes, Host.BytesHeld);
        Assert.Equal(0, (await UntilPresentAsync(observers: 0)).Observers);
    }

    [Fact]
    public async Task A_listener_that_one_stream_refuses_was_seen_in_none()
    {
        await RestartAsync(new CapacityOptions { MaxListeners = 2 });
        await using var witness = await ListenAsync(user: "ann");
        await witness.UntilAsync(listening => Observed(listening).Contains(1));
        await Host.AdvanceAsync(TimeSpan.FromSeconds(2)); // whatever changes from here on is announced at once
        var streams = new[] { new StreamAddress(Name), new StreamAddress(StreamName.Parse(Name.Value + "-pipe"), "wrong") };
        for (var i = 0; i < 3; i++)
            await RefusedAsync(Refusal.NotYours, () => Broker.ListenAsync(new ListenRequest { Streams = streams }).AsTask());
        await Host.AdvanceAsync(TimeSpan.FromSeconds(2));
        await PostAsync("end");
        await witness.UntilAsync("end");
        Assert.Equal([1], Observed(witness));
        Assert.Equal(1, (await Broker.GetPresenceAsync(Name)).Observers);
        await using var another = await ListenAsync(); // and it took no place among the two
    }

    [Fact]
    public async Task Beyond_the_nodes_limit_listeners_are_refused()
    {
        await RestartAsync(new CapacityOptions { MaxListeners = 2 });
        await using var one = await ListenAsync();
        await using var two = await ListenAsync();
        await RefusedAsync(Refusal.Full, () => ListenAsync());
        await one.DisposeAsync();
        await using var three = await ListenAsync();
    }

    private static IEnumerable<int> Observed(Listening listening) => listening.Heard
        .Where(heard => heard.Said == "[presence]").Select(heard => heard.Payload.GetProperty("Observers").GetInt32());

    /// <summary>What a node knows of others may come a moment later.</summary>
    private async Task<Presence> UntilPresentAsync(int observers, PresenceStatus? status = null)
    {
        for (var attempt = 0; ; attempt++)
        {
            var presence = await Broker.GetPresenceAsync(Name);
            if (presence.Observers == observers && (status is null || presence.Users[0].Status == status)) return presence;
            Assert.True(attempt < 500, $"{presence.Observers} observers, not {observers}");
            await Task.Yield();
        }
    }
}
