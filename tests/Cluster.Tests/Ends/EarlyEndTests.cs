using Malten.Grains.Copies;
using Malten.Streams;
using Malten.Streams.Events;
using Malten.Streams.Feeds;
using Malten.Streams.Life;
using Malten.Streams.Limits;
using Malten.Streams.Values;
using Malten.Testing;

namespace Malten.Cluster.Tests.Ends;

/// <summary>
/// A stream that made room has ended a day before its copies would, and none of them brings it back, whatever comes before the
/// timer of ends rings. That timer runs by the clock of streams, which stands still here.
/// </summary>
public sealed class EarlyEndTests(BusyCollector cluster) : IClassFixture<BusyCollector>
{
    private static readonly ClientKey Loud = new(1, 1);
    private static readonly ClientKey Quiet = new(2, 2);
    private static readonly TimeToLive Day = TimeToLive.FromSeconds(86_400);

    [Fact]
    public async Task A_read_that_comes_first_does_not_leave_the_copies_to_the_next_activation()
    {
        var name = StreamName.Random();
        await cluster.Brokers[0].CreateAsync(new StreamSettings(name, true, Day) { Client = Loud });
        await SayAsync(name);
        GiveWay();
        Assert.Empty(await cluster.Brokers[1].ReadAsync(new PageRequest(name)));
        await RetiresAsync(name);
        Assert.Empty(await cluster.Brokers[2].ReadAsync(new PageRequest(name)));
        await NothingIsLeftAsync();
    }

    [Fact]
    public async Task A_post_to_a_pipe_that_comes_first_does_not_leave_the_copies_either()
    {
        var (name, seat) = await BeginPipeAsync();
        GiveWay();
        Assert.Equal(Refusal.NotYours, (await Assert.ThrowsAsync<StreamRefusedException>(() => SayAsync(seat))).Refusal);
        await RetiresAsync(name);
        await Assert.ThrowsAsync<StreamRefusedException>(() => SayAsync(seat));
        await NothingIsLeftAsync();
    }

    [Fact]
    public async Task Whoever_listens_to_the_name_of_a_pipe_next_does_not_keep_its_copies()
    {
        var (name, seat) = await BeginPipeAsync();
        await using var listener = new Listening(await cluster.Brokers[0].ListenAsync(new ListenRequest { Streams = [seat] }));
        GiveWay();
        await listener.UntilAsync("[expired]");
        await using var next = await cluster.Brokers[2].ListenAsync(new ListenRequest { Streams = [name] });
        await Eventually.IsSoAsync(() => !IsHeld(name));
        await listener.DisposeAsync();
        await next.DisposeAsync();
        await NothingIsLeftAsync();
    }

    private async Task<(StreamName Name, StreamAddress Seat)> BeginPipeAsync()
    {
        var pipe = await cluster.Brokers[0].CreatePipeAsync(Day, Loud);
        var seat = new StreamAddress(pipe.Name, pipe.Seats[0]);
        await SayAsync(seat);
        return (pipe.Name, seat);
    }

    private async Task SayAsync(StreamAddress address) =>
        await cluster.Brokers[0].AppendAsync(new Draft { Address = address, Text = MessageText.Parse("gone"), Client = Loud });

    private void GiveWay()
    {
        foreach (var capacity in cluster.Host.Services<Capacity>()) capacity.Shares.MakeRoom(Resource.Streams, () => 1, Quiet);
    }

    private async Task RetiresAsync(StreamName name)
    {
        while ((await cluster.ActiveAsync([name])).Count > 0) await Task.Delay(10);
        Assert.False(IsHeld(name));
    }

    private bool IsHeld(StreamName name) => cluster.Host.Services<CopyStore>().Exists(copies => copies.Holds(name.Value));

    private async Task NothingIsLeftAsync()
    {
        await cluster.Host.AdvanceAsync(Day.Span + TimeSpan.FromMilliseconds(2)); // the timers of what is gone are left until then
        await cluster.UntilNothingIsLeftAsync();
    }
}
