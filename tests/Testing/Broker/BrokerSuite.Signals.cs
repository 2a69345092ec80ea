using Malten.Streams;
using Malten.Streams.Events;
using Malten.Streams.Limits;
using Malten.Streams.Values;

namespace Malten.Testing;

/// <content>Signals: said to those who listen now, and never held.</content>
public abstract partial class BrokerSuite<THost>
{
    private const int MostWaiting = 256;

    [Fact]
    public async Task A_signal_reaches_the_one_listener_that_it_is_for()
    {
        var listeners = await Task.WhenAll(Host.Brokers.Concat(Host.Brokers).Select(broker => ListenAsync(broker)));
        foreach (var from in listeners)
            foreach (var to in listeners)
                foreach (var broker in Host.Brokers) // whichever node is asked
                {
                    var text = $"{Guid.NewGuid()}";
                    await SignalAsync(broker, from, text, to);
                    await to.UntilAsync($"[signal {text}]");
                    var heard = to.Heard.Last(one => one.Type == "signal");
                    Assert.Null(heard.Id);
                    Assert.Equal($$"""{"Stream":"{{Name.Value}}","From":"{{from.Reader.Listener}}","To":"{{to.Reader.Listener}}","Text":"{{text}}"}""",
                        heard.Payload.GetRawText());
                }

        var each = listeners.Length * Host.Brokers.Count;
        foreach (var listener in listeners)
        {
            Assert.Equal(each, Signalled(listener.Catch()).Count());
            await listener.DisposeAsync();
        }

        Assert.Empty(await ReadAsync());
    }

    [Fact]
    public async Task A_signal_to_all_reaches_every_listener()
    {
        var listeners = await Task.WhenAll(Host.Brokers.Concat(Host.Brokers).Select(broker => ListenAsync(broker)));
        foreach (var broker in Host.Brokers) await SignalAsync(broker, listeners[0], "all");
        foreach (var listener in listeners)
        {
            await listener.UntilAsync(listening => Signalled(listening).Count() == Host.Brokers.Count);
            Assert.All(listener.Heard.Where(heard => heard.Type == "signal"), heard => Assert.False(heard.Payload.TryGetProperty("To", out _)));
            await listener.DisposeAsync();
        }
    }

    [Fact]
    public async Task Signals_of_one_listener_to_another_keep_their_order_whomever_else_they_are_for()
    {
        await using var from = await ListenAsync(Host.Brokers[0]);
        var others = await Task.WhenAll(Host.Brokers.Select(broker => ListenAsync(broker)));
        for (var i = 0; i < 200; i++)
            foreach (var to in i % 3 == 0 ? [null] : others.AsEnumerable<Listening?>())
                await SignalAsync(Host.Brokers[i % Host.Brokers.Count], from, $"{i}", to);
        foreach (var other in others)
        {
            await other.UntilAsync("[signal 199]");
            Assert.Equal(Enumerable.Range(0, 200).Select(i => $"[signal {i}]"), Signalled(other));
            await other.DisposeAsync();
        }
    }

    [Fact]
    public async Task Only_an_open_connection_that_hears_the_stream_sends_signals_there()
    {
        var other = StreamName.Parse(Name.Value + "-other");
        await using var here = await ListenAsync();
        await using var elsewhere = new Listening(await Host.Brokers[^1].ListenAsync(new ListenRequest { Streams = [other] }));
        var gone = await ListenAsync(Host.Brokers[^1]);
        await gone.DisposeAsync();
        foreach (var broker in Host.Brokers)
        {
            foreach (var session in new[] { elsewhere.Reader.Session, gone.Reader.Session, here.Reader.Listener, here.Reader.Session + "x", "made up" })
                await RefusedAsync(Refusal.NotYours, () => broker.SignalAsync(Signal(session, "no", here)).AsTask());
            foreach (var to in new[] { elsewhere.Reader.Listener, gone.Reader.Listener, here.Reader.Session, here.Reader.Listener + "x", "made up" })
                Assert.Equal("to", (await RefusedAsync(Refusal.NotListening, () => broker.SignalAsync(new Signal
                {
                    Session = here.Reader.Session, Address = Name, Text = MessageText.Parse("no"), To = to,
                }).AsTask())).Parameter);
        }

        await SignalAsync(Broker, here, "end", here);
        await here.UntilAsync("[signal end]");
        Assert.Single(Signalled(here));
        Assert.Empty(Signalled(elsewhere.Catch()));
    }

    [Fact]
    public async Task In_a_pipe_a_signal_needs_a_seat()
    {
        var pipe = await Broker.CreatePipeAsync(TimeToLive.Default);
        var seats = pipe.Seats.Select(seat => new StreamAddress(pipe.Name, seat)).ToList();
        await using var one = new Listening(await Host.Brokers[0].ListenAsync(new ListenRequest { Streams = [seats[0]] }));
        await using var other = new Listening(await Host.Brokers[^1].ListenAsync(new ListenRequest { Streams = [seats[1]] }));
        foreach (var broker in Host.Brokers)
            foreach (var seat in new[] { null, "guess", pipe.Seats[0] + "x" })
                Assert.Equal("seat", (await RefusedAsync(Refusal.NotYours, () => broker.SignalAsync(
                    Signal(one.Reader.Session, "no", other) with { Address = new StreamAddress(pipe.Name, seat) }).AsTask())).Parameter);
        foreach (var broker in Host.Brokers)
            await broker.SignalAsync(Signal(one.Reader.Session, "hello", other) with { Address = seats[0] });
        await other.UntilAsync(listening => Signalled(listening).Count() == Host.Brokers.Count);
        Assert.Empty(Signalled(one.Catch()));
    }

    [Fact]
    public async Task Two_thousand_signals_to_one_that_reads_slowly_are_bounded_and_hurt_nobody_else()
    {
        await using var from = await ListenAsync(Host.Brokers[0]);
        await using var slow = await ListenAsync(Host.Brokers[^1]);
        await using var other = await ListenAsync(Host.Brokers[^1]);
        var bytes = Host.BytesHeld;
        var (taken, refused) = (new List<string>(), 0);
        for (var i = 0; i < 2000; i++)
            try
            {
                await SignalAsync(Broker, from, $"{i} {new string('x', 1000)}", slow);
                taken.Add($"[signal {i} {new string('x', 1000)}]");
            }
            catch (StreamRefusedException tooMany)
            {
                Assert.Equal((Refusal.Busy, "to"), (tooMany.Refusal, tooMany.Parameter));
                refused++;
                if (refused % 500 == 0) slow.Reader.Read(new System.Buffers.ArrayBufferWriter<byte>(), 64 * 1024); // and does not say what
            }

        Assert.InRange(Host.BytesHeld - bytes, 100_000, MostWaiting * 2000);
        Assert.InRange(refused, 1, 2000 - MostWaiting);
        await SignalAsync(Broker, from, "quick", other);
        await other.UntilAsync("[signal quick]");
        await PostAsync("posted");
        await other.UntilAsync("posted");
        await slow.UntilAsync("posted"); // its messages do not wait for all signals
        await slow.UntilAsync(listening => listening.Said.Contains(taken[^1]));
        Assert.Equal(taken.Where(Signalled(slow).Contains), Signalled(slow));
        Assert.InRange(Signalled(slow).Count(), 100, taken.Count);
        await SignalAsync(Broker, from, "again", slow);
        await slow.UntilAsync("[signal again]");
    }

    [Fact]
    public async Task Whoever_fills_what_waits_for_a_listener_leaves_room_for_others()
    {
        await using var from = await ListenAsync(Host.Brokers[0]);
        await using var slow = await ListenAsync(Host.Brokers[^1]);
        for (var i = 0; i < MostWaiting; i++) await SendAsync(Loud, $"loud {i}");
        await RefusedAsync(Refusal.Busy, () => SendAsync(Loud, "one too many"));
        for (var i = 0; i < MostWaiting / 2; i++) await SendAsync(Quiet, $"quiet {i}");
        await RefusedAsync(Refusal.Busy, () => SendAsync(Quiet, "one too many")); // it has as many as the other by now
        await RefusedAsync(Refusal.Busy, () => SendAsync(Loud, "one too many"));
        await slow.UntilAsync($"[signal quiet {(MostWaiting / 2) - 1}]");
        Assert.Equal(new[] { "loud", "quiet" }.SelectMany(who => Enumerable.Range(0, MostWaiting / 2).Select(i => $"[signal {who} {i}]")), Signalled(slow));

        Task SendAsync(ClientKey client, string text) =>
            Broker.SignalAsync(Signal(from.Reader.Session, text, slow) with { Client = client }).AsTask();
    }

    [Fact]
    public async Task What_waited_for_a_listener_goes_with_it()
    {
        await using var from = await ListenAsync(Host.Brokers[0]);
        var bytes = Host.BytesHeld;
        for (var i = 0; i < 3; i++)
        {
            var to = await ListenAsync(Host.Brokers[^1]);
            for (var j = 0; j < 50; j++) await SignalAsync(Broker, from, new string('x', 1000), to);
            await to.DisposeAsync();
            await RefusedAsync(Refusal.NotListening, () => SignalAsync(Broker, from, "no", to));
        }

        Assert.InRange(Host.BytesHeld - bytes, -10_000, 10_000); // a presence event, perhaps
    }

    [Fact]
    public async Task A_signal_neither_begins_a_stream_nor_prolongs_it_nor_is_read_later()
    {
        await using var listener = await ListenAsync();
        await SignalAsync(Broker, listener, "before it began");
        await KeepAsync(10, TimeToLive.FromSeconds(60));
        await PostAsync("message");
        await Host.AdvanceAsync(TimeSpan.FromSeconds(50));
        await SignalAsync(Broker, listener, "while it lived", listener);
        Assert.Equal(["message"], await TextsAsync());
        await using var late = await ListenAsync(Timestamp.None);
        await late.UntilAsync("message");
        await Host.AdvanceAsync(TimeSpan.FromSeconds(11));
        await listener.UntilAsync("[expired]");
        await SignalAsync(Broker, listener, "after its end", listener);
        await listener.UntilAsync("[signal after its end]");
        Assert.Empty(Signalled(late.Catch()));
        Assert.Empty(await ReadAsync());
    }

    [Fact]
    public async Task Where_signals_have_filled_the_memory_whoever_sent_them_gives_way()
    {
        await RestartAsync(new CapacityOptions { MaxMemoryMegabytes = 1 });
        var (from, to) = (await ListenAsync(), await ListenAsync());
        var others = new List<Listening>();
        for (var i = 0; i < 5; i++) others.Add(await ListenAsync());
        foreach (var listener in others)
            for (var i = 0; i < 250; i++)
            {
                var signal = Signal(from.Reader.Session, new string('x', 1000), listener) with { Client = Loud };
                await Record.ExceptionAsync(() => Broker.SignalAsync(signal).AsTask());
            }

        for (var i = 0; i < 20; i++) await PostAsAsync(Quiet, "quiet", new string('y', 1000));
        await Broker.SignalAsync(Signal(from.Reader.Session, "quiet", to) with { Client = Quiet });
        await to.UntilAsync("[signal quiet]");
        foreach (var listener in others.Append(from).Append(to)) await listener.DisposeAsync();
    }

    private static IEnumerable<string> Signalled(Listening listening) =>
        listening.Heard.Where(heard => heard.Type == "signal").Select(heard => heard.Said);

    private Task SignalAsync(IStreamBroker broker, Listening from, string text, Listening? to = null) =>
        broker.SignalAsync(Signal(from.Reader.Session, text, to)).AsTask();

    private Signal Signal(string session, string text, Listening? to) => new()
    {
        Session = session, Address = Name, Text = MessageText.Parse(text), To = to?.Reader.Listener,
    };
}
