using Malten.Streams;
using Malten.Streams.Life;
using Malten.Streams.Listeners;
using Malten.Streams.Values;

namespace Malten.Testing;

/// <content>Listeners: their handles, the lives of what they hear, and who is told of them.</content>
public abstract partial class BrokerSuite<THost>
{
    [Fact]
    public async Task A_listener_has_a_handle_that_tells_nothing_of_its_session()
    {
        var listeners = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => ListenAsync(Host.Brokers[i % Host.Brokers.Count])));
        var handles = listeners.Select(listener => listener.Reader.Listener).ToList();
        Assert.Equal(6, handles.Distinct().Count());
        Assert.All(listeners, listener =>
        {
            Assert.Matches("^[A-Za-z0-9_-]{22,34}$", listener.Reader.Listener);
            Assert.NotEqual(listener.Reader.Session[^22..], listener.Reader.Listener[^22..]);
        });
        foreach (var handle in handles) Assert.False(await Broker.SetStatusAsync(handle, PresenceStatus.Away));
        foreach (var listener in listeners) await listener.DisposeAsync();
    }

    [Fact]
    public async Task Whoever_listens_is_told_of_the_lives_of_what_is_in_use()
    {
        var (other, never) = (StreamName.Parse(Name.Value + "-other"), StreamName.Parse(Name.Value + "-never"));
        await KeepAsync(7, TimeToLive.FromSeconds(100));
        await PostAsync("begins", other);
        await Host.AdvanceAsync(TimeSpan.FromSeconds(30));
        foreach (var broker in Host.Brokers)
        {
            await using var reader = await broker.ListenAsync(new ListenRequest { Streams = [never, Name, other] });
            Assert.Equal([Name.Value, other.Value], reader.Lives.Select(life => life.Stream));
            Assert.Equal([(100, 7), (1024, 1024)], reader.Lives.Select(life => (life.Ttl, life.Keep)));
            Assert.InRange(reader.Lives[0].Ends.Since(Host.Now).TotalSeconds, 69.9, 70.1);
            Assert.InRange(reader.Lives[1].Ends.Since(Host.Now).TotalSeconds, 993.9, 994.1);
            Assert.All(reader.Lives, life => Assert.Equal(0, life.Ends.Nanoseconds % 1024));
        }

        await using var waiting = await Host.Brokers[^1].ListenAsync(new ListenRequest { Streams = [never] });
        Assert.Empty(waiting.Lives);
        await Host.Brokers[0].CreateAsync(new StreamSettings(never, true, TimeToLive.Default));
        await UntilAsync(async () =>
        {
            await using var reader = await Host.Brokers[^1].ListenAsync(new ListenRequest { Streams = [never] });
            return reader.Lives.Count == 1;
        });
    }

    [Fact]
    public async Task Where_nothing_is_kept_listeners_are_named_and_those_who_go()
    {
        await using var early = await ListenAsync(Host.Brokers[^1]); // before anybody knows that they will be named
        Assert.Null((await Broker.GetPresenceAsync(Name)).Listeners);
        await KeepAsync(0);
        var listeners = await Task.WhenAll(Host.Brokers.Select(broker => ListenAsync(broker)));
        var handles = listeners.Append(early).Select(listener => listener.Reader.Listener).Order().ToList();
        await UntilNamedAsync(handles);
        await Host.AdvanceAsync(TimeSpan.FromSeconds(2));
        foreach (var listener in listeners) await listener.UntilAsync(listening => Named(listening).SequenceEqual(handles));
        foreach (var (index, gone) in listeners.Index().Skip(1).Reverse())
        {
            await gone.DisposeAsync();
            foreach (var left in listeners[..index].Append(early)) await left.UntilAsync(listening => Left(listening).Contains(gone.Reader.Listener));
        }

        Assert.Equal(listeners.Skip(1).Select(listener => listener.Reader.Listener).Reverse(), Left(early));
        await listeners[0].DisposeAsync();
        await early.UntilAsync(listening => Left(listening).Count() == listeners.Length);
        await UntilNamedAsync([early.Reader.Listener]);
        Assert.DoesNotContain("[gap]", early.Said);
    }

    [Fact]
    public async Task In_a_pipe_too()
    {
        var pipe = await Broker.CreatePipeAsync(TimeToLive.Default);
        var addresses = pipe.Seats.Select(seat => new StreamAddress(pipe.Name, seat)).ToList();
        await using var one = new Listening(await Host.Brokers[0].ListenAsync(new ListenRequest { Streams = [addresses[0]] }));
        var other = new Listening(await Host.Brokers[^1].ListenAsync(new ListenRequest { Streams = [addresses[1]] }));
        var both = new[] { one, other }.Select(listener => listener.Reader.Listener).Order();
        await UntilAsync(async () => ((await Broker.GetPresenceAsync(addresses[0])).Listeners ?? []).Order().SequenceEqual(both));
        await other.DisposeAsync();
        await one.UntilAsync(listening => Left(listening).Contains(other.Reader.Listener));
    }

    [Fact]
    public async Task In_other_streams_nobody_is_told_who_has_gone()
    {
        await KeepAsync(1);
        await using var listener = await ListenAsync();
        var other = await ListenAsync(Host.Brokers[^1]);
        await UntilPresentAsync(observers: 2);
        await other.DisposeAsync();
        await UntilPresentAsync(observers: 1);
        await Host.AdvanceAsync(TimeSpan.FromSeconds(2));
        await PostAsync("end");
        await listener.UntilAsync("end");
        Assert.Empty(Left(listener));
        Assert.Null((await Broker.GetPresenceAsync(Name)).Listeners);
        Assert.All(listener.Heard, heard => Assert.False(heard.Payload.TryGetProperty("Listeners", out _)));
    }

    [Fact]
    public async Task At_most_128_listeners_are_named_and_all_who_go()
    {
        await KeepAsync(0);
        await using var witness = await ListenAsync();
        var others = new List<Listening>();
        for (var i = 0; i < 130; i++) others.Add(await ListenAsync(Host.Brokers[i % Host.Brokers.Count]));
        Assert.Equal(128, (await UntilPresentAsync(observers: 131)).Listeners!.Distinct().Count());
        foreach (var other in others)
        {
            await other.DisposeAsync();
            await witness.UntilAsync(listening => Left(listening).Contains(other.Reader.Listener));
        }

        Assert.Equal(others.Select(other => other.Reader.Listener), Left(witness));
    }

    private static IEnumerable<string> Left(Listening listening) => listening.Heard
        .Where(heard => heard.Said == "[left]").Select(heard => heard.Payload.GetProperty("Listener").GetString()!);

    /// <summary>Those whom the last presence event named.</summary>
    private static IEnumerable<string> Named(Listening listening) =>
        listening.Heard.LastOrDefault(heard => heard.Said == "[presence]") is { } last && last.Payload.TryGetProperty("Listeners", out var named)
            ? named.EnumerateArray().Select(one => one.GetString()!).Order()
            : [];

    private Task UntilNamedAsync(IReadOnlyList<string> handles) => UntilAsync(async () =>
    {
        var named = await Task.WhenAll(Host.Brokers.Select(async broker => (await broker.GetPresenceAsync(Name)).Listeners ?? []));
        return named.All(listeners => listeners.Order().SequenceEqual(handles));
    });

    private static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        for (var attempt = 0; !await isSo(); attempt++)
        {
            Assert.True(attempt < 1000, "What was waited for did not happen.");
            await Task.Delay(1);
        }
    }
}
