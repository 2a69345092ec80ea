using Malten.Streams;
using Malten.Streams.Feeds;
using Malten.Streams.Life;
using Malten.Streams.Limits;
using Malten.Streams.Values;

namespace Malten.Testing;

public abstract partial class BrokerSuite<THost>
{
    [Fact]
    public async Task A_pipe_is_used_from_either_seat_and_from_nowhere_else()
    {
        var pipe = await Broker.CreatePipeAsync(TimeToLive.Default);
        Assert.Equal(2, pipe.Seats.Distinct().Count());
        foreach (var seat in pipe.Seats)
        {
            await PostAsync("hello", pipe.Name, seat: seat);
            var address = new StreamAddress(pipe.Name, seat);
            Assert.NotEmpty(await Broker.ReadAsync(new PageRequest(address)));
            await Broker.GetPresenceAsync(address);
            await using var listener = await Broker.ListenAsync(new ListenRequest { Streams = [address] });
            await Broker.SendCommandAsync(address, "what?");
        }

        foreach (var seat in new[] { null, "", "guess", pipe.Seats[0] + "x", pipe.Name.Value })
        {
            var address = new StreamAddress(pipe.Name, seat);
            await RefusedAsync(Refusal.NotYours, () => PostAsync("no", pipe.Name, seat: seat));
            await RefusedAsync(Refusal.NotYours, () => Broker.ReadAsync(new PageRequest(address)).AsTask());
            await RefusedAsync(Refusal.NotYours, () => Broker.GetPresenceAsync(address).AsTask());
            await RefusedAsync(Refusal.NotYours, () => Broker.SendCommandAsync(address, "what?").AsTask());
            await RefusedAsync(Refusal.NotYours, () => Broker.ListenAsync(new ListenRequest { Streams = [address] }).AsTask());
        }

        Assert.Equal(2, (await Broker.ReadAsync(new PageRequest(new StreamAddress(pipe.Name, pipe.Seats[1])))).Count);
        Assert.DoesNotContain(await Broker.ListAsync("", 1024), listing => listing.Name == pipe.Name.Value);
        await RefusedAsync(Refusal.NameTaken, () =>
            Broker.CreateAsync(new StreamSettings(pipe.Name, false, TimeToLive.Default)).AsTask());
    }

    [Fact]
    public async Task A_seat_has_two_open_listeners_at_most()
    {
        var pipe = await Broker.CreatePipeAsync(TimeToLive.Default);
        Task<FeedReader> Listen(int seat, int node) => Host.Brokers[node % Host.Brokers.Count].ListenAsync(
            new ListenRequest { Streams = [new StreamAddress(pipe.Name, pipe.Seats[seat])] }).AsTask();
        var first = await Listen(0, 0);
        await using var second = await Listen(0, 1);
        await RefusedAsync(Refusal.Busy, () => Listen(0, 2));
        await using var other = await Listen(1, 0);
        await first.DisposeAsync();
        await using var third = await Listen(0, 2);
    }

    [Fact]
    public async Task When_a_pipe_ends_its_listeners_are_told_and_its_seats_open_nothing()
    {
        var pipe = await Broker.CreatePipeAsync(TimeToLive.FromSeconds(5));
        var address = new StreamAddress(pipe.Name, pipe.Seats[0]);
        await using var listener = new Listening(await Broker.ListenAsync(new ListenRequest { Streams = [address] }));
        await Host.AdvanceAsync(TimeSpan.FromSeconds(6));
        await listener.UntilAsync("[expired]");
        await listener.UntilAsync(listening => listening.Reader.IsCompleted);
        await RefusedAsync(Refusal.NotYours, () => PostAsync("secret", pipe.Name, seat: pipe.Seats[0]));
        Assert.Empty(await ReadAsync(stream: pipe.Name));
        await PostAsync("somebody else", pipe.Name);
        Assert.DoesNotContain("somebody else", listener.Catch().Said);
    }

    [Fact]
    public async Task A_pipe_in_which_a_command_was_given_has_ended_when_its_time_has_passed()
    {
        var responder = new FakeResponder();
        await RestartAsync(new CapacityOptions(), responder);
        var pipe = await Broker.CreatePipeAsync(TimeToLive.FromSeconds(60));
        await Broker.SendCommandAsync(new StreamAddress(pipe.Name, pipe.Seats[1]), "what?");
        var command = await responder.NextAsync();
        foreach (var broker in Host.Brokers) Assert.False(await broker.HasEndedAsync(command));
        await Host.AdvanceAsync(TimeSpan.FromSeconds(61));
        foreach (var broker in Host.Brokers) Assert.True(await broker.HasEndedAsync(command));
    }

    [Fact]
    public async Task A_seat_given_for_a_stream_that_is_no_pipe_is_refused() =>
        await RefusedAsync(Refusal.NotYours, () => PostAsync("hello", seat: "some"));
}
