using System.Collections.Concurrent;
using System.Net;
using Malten.Client.Encryption;
using Malten.Testing;
using Microsoft.AspNetCore.WebUtilities;

namespace Malten.Client.Tests;

/// <summary>What one who takes part says to whom, when others ask too much, against a server that takes all signals.</summary>
public sealed class TraceExchangeTests : ClientTests
{
    private readonly FakeTime _time = new();
    private readonly TraceLink _link = TraceLink.New();
    private readonly ConcurrentQueue<(string To, TraceFrame Said)> _said = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly TraceFrames _frames;
    private readonly TraceHistory _history;
    private readonly TraceVoice _voice;
    private readonly Enc2 _format;
    private readonly Enc2Author _author;
    private readonly TraceExchange _exchange;

    public TraceExchangeTests()
    {
        (_frames, _format) = (new TraceFrames(_link.Keys), new Enc2(_link.Keys));
        _author = new Enc2Author(_format, "me");
        var handler = new InterceptingHandler { BeforeAsync = (_, body, _) => Task.FromResult<HttpResponseMessage?>(Take(body)) };
        var client = NewClient(new MaltenClientOptions { Nodes = [new Uri("http://malten.invalid")], Handler = handler, TimeProvider = _time });
        var members = new TraceMembers(_time);
        _history = new TraceHistory(_author.Id, members.HasSpoken);
        _voice = new TraceVoice(client, _link.Keys, _frames, _time);
        _exchange = new TraceExchange(_frames, _history, members, _voice, _author, _time);
    }

    [Fact]
    public Task Whoever_was_never_answered_comes_before_those_who_ask_again_and_again() => RunAsync(async () =>
    {
        Write(3);
        var all = Enumerable.Range(0, 128).Select(i => $"liar-{i}").ToList();
        await AskAsync(all, answers: 128);
        all.ForEach(Ask);
        await AskAsync(["newcomer"], answers: 129);
        Assert.Contains(_said, one => one is { To: "newcomer", Said: MessagesFrame });
    });

    [Fact]
    public Task Those_who_ask_for_the_same_again_cost_whoever_comes_nothing() => RunAsync(async () =>
    {
        Write(1024);
        var liars = Enumerable.Range(0, 5).Select(i => $"liar-{i}").ToList();
        await AskAsync(liars, answers: 5);
        await Eventually.IsSoAsync(() => liars.All(liar => HandedTo(liar) == 1024));
        for (var round = 0; round < 4; round++)
        {
            _time.Advance(TimeSpan.FromSeconds(3));
            liars.ForEach(Ask);
            _time.Advance(TimeSpan.FromMilliseconds(40));
            _exchange.Look();
        }

        Ask("newcomer");
        _time.Advance(TimeSpan.FromMilliseconds(40));
        _exchange.Look();
        await Eventually.IsSoAsync(() => HandedTo("newcomer") == 1024); // though time stands still
    });

    [Fact]
    public Task However_often_it_connects_it_says_hello() => RunAsync(async () =>
    {
        for (var connected = 1; connected <= 15; connected++)
        {
            if (connected > 1) _exchange.Open($"session {connected}", "me"); // the first is open already
            await Eventually.IsSoAsync(() => _said.Count(one => one.Said is HelloFrame) == connected);
        }
    });

    [Fact]
    public void Whoever_has_said_more_than_can_be_kept_is_told_what_had_to_go()
    {
        var self = new TraceParticipant(_link.Keys, _format, _author, _frames, _voice, _time);
        var first = default(Guid);
        for (var i = 1; i <= 1025; i++)
        {
            var id = Guid.NewGuid();
            if (i == 1) first = id;
            var message = new Message { Id = id, Text = self.Seal(id, _time.GetUtcNow(), "x"), Created = new Timestamp(i * 1024L), Stream = _link.Stream };
            var (_, displaced) = self.Keep(message);
            Assert.Equal(i == 1025 ? first : null, displaced?.Message);
            self.Take(message);
        }
    }

    [Fact]
    public void What_may_have_been_sent_is_not_sealed_again_under_its_id()
    {
        var self = new TraceParticipant(_link.Keys, _format, _author, _frames, _voice, _time);
        var (id, other) = (Guid.NewGuid(), Guid.NewGuid());
        var first = self.Seal(id, _time.GetUtcNow(), "x");
        Assert.Equal(first, self.Seal(id, _time.GetUtcNow().AddMinutes(1), "x"));
        Assert.Null(self.FindSaid(id));
        Assert.Equal((1u, 1), ChainOf(other, self.Seal(other, _time.GetUtcNow(), "x"))); // the first is given up once
        self.Keep(new Message { Id = other, Text = "", Created = new Timestamp(1024), Stream = _link.Stream });
        Assert.Equal("x", self.FindSaid(other)?.Text);
        Assert.Equal((2u, 0), ChainOf(id, self.Seal(id, _time.GetUtcNow(), "changed")));

        (uint Number, int Skipped) ChainOf(Guid under, string message) =>
            _format.Open(under, message).Content is { } content ? (content.Number, content.Skipped) : default;
    }

    [Fact]
    public void Whoever_is_disposed_signs_nothing_more()
    {
        var self = new TraceParticipant(_link.Keys, _format, _author, _frames, _voice, _time);
        _ = self.Speak();
        self.Forget();
        _author.Dispose();
        self.Open(new Opened { Node = new Uri("http://malten.invalid"), Session = "s", Listener = "me", Streams = [_link.Stream] }, _time.GetUtcNow(), []);
        Assert.Empty(self.Look());
    }

    [Fact]
    public Task Whoever_hands_over_slowly_is_not_accused_and_whoever_stops_is() => RunAsync(() =>
    {
        using var slow = new Enc2Author(_format, "slow");
        Hear("slow", _frames.SayHere(slow, "slow", 0, 25));
        for (var i = 1; i <= 24; i++)
        {
            Assert.False(IsAccused(TimeSpan.FromMilliseconds(1500)));
            var id = Guid.NewGuid();
            slow.Seal(id, _time.GetUtcNow(), "x", []);
            Hear("slow", TraceFrames.HandOver([new HandedMessage(id, i * 1024L, slow.Signed)]).Single());
        }

        Assert.Equal(24, _history.Of(slow.Id).Count());
        Assert.True(IsAccused(TimeSpan.FromSeconds(8)));
        Assert.False(IsAccused(TimeSpan.FromSeconds(60)));
        Hear("slow", _frames.SayHere(slow, "slow", 0, 25));
        Assert.True(IsAccused(TimeSpan.FromSeconds(8))); // it was asked anew
        return Task.CompletedTask;
    });

    private async Task RunAsync(Func<Task> test)
    {
        var speaking = _voice.RunAsync(_stop.Token);
        _exchange.Open("session", "me");
        await test();
        await _stop.CancelAsync();
        await speaking;
    }

    private void Write(int count)
    {
        _exchange.Speaks = true;
        for (var i = 1; i <= count; i++)
        {
            var id = Guid.NewGuid();
            _author.Seal(id, _time.GetUtcNow(), "x", []);
            var (content, hash, _) = _format.Read(id, _author.Signed);
            _history.Add(new TraceEntry(id, new Timestamp(i * 1024L), content!, hash) { Signed = _author.Signed });
        }
    }

    private void Ask(string from)
    {
        var hello = TraceFrames.SayHello(new Dictionary<string, uint>());
        _exchange.Hear(new Signal { Stream = _link.Stream, From = from, To = "me", Text = _frames.Seal(from, "me", hello) }, _ => null);
    }

    private void Hear(string from, byte[] frame)
    {
        var signal = new Signal { Stream = _link.Stream, From = from, To = "me", Text = _frames.Seal(from, "me", frame) };
        foreach (var entry in _exchange.Hear(signal, Open)) _history.Add(entry);

        TraceEntry? Open(HandedMessage handed)
        {
            var (content, hash, _) = _format.Read(handed.Id, handed.Signed);
            return content is null ? null : new TraceEntry(handed.Id, new Timestamp(handed.Created), content, hash);
        }
    }

    /// <summary>Whether somebody is said to have handed over less than they have, while so much time passes.</summary>
    private bool IsAccused(TimeSpan time)
    {
        var isSo = false;
        for (var passed = TimeSpan.Zero; passed < time; passed += TimeSpan.FromMilliseconds(500))
        {
            _time.Advance(TimeSpan.FromMilliseconds(500));
            isSo |= _exchange.Look();
        }

        return isSo;
    }

    private async Task AskAsync(List<string> all, int answers)
    {
        all.ForEach(Ask);
        _time.Advance(TimeSpan.FromMilliseconds(40));
        _exchange.Look();
        await Eventually.IsSoAsync(() => _said.Where(one => one.Said is MessagesFrame).DistinctBy(one => one.To).Count() == answers);
    }

    private int HandedTo(string listener) => _said.Where(one => one.To == listener).Sum(one => (one.Said as MessagesFrame)?.Messages.Count ?? 0);

    private HttpResponseMessage Take(string body)
    {
        var said = QueryHelpers.ParseQuery(body);
        var to = said.TryGetValue("to", out var one) ? one.ToString() : "";
        _said.Enqueue((to, _frames.Open("me", to, said["message"].ToString())!));
        return new HttpResponseMessage(HttpStatusCode.Accepted);
    }
}
