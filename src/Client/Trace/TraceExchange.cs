using System.Runtime.Versioning;
using Malten.Client.Encryption;

namespace Malten.Client;

/// <summary>
/// How history comes to whoever lacks it. A participant that connects says hello to all, and what it has; each author then says that
/// they are here, and hands over what they wrote and the other lacks. Whatever others send costs a bounded amount. Not safe for several
/// threads.
/// </summary>
[UnsupportedOSPlatform("browser")]
internal sealed class TraceExchange(
    TraceFrames frames, TraceHistory history, TraceMembers members, TraceVoice voice, Enc2Author author, TimeProvider time)
{
    private const int Few = 4; // answered one by one; more of them hear one answer to all
    private const int MostAsking = 128;
    private const int Rubbish = 64; // what is refused costs as much as so many frames
    private const int MostHellos = 10; // at once

    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(30); // in which hellos are answered together
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(3); // between two answers to one listener, and two hellos
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(5); // between two hellos to those for whom nobody speaks
    private static readonly TimeSpan Answering = TimeSpan.FromSeconds(2); // after a hello, in which others say what they have
    private static readonly TimeSpan HelloSaved = TimeSpan.FromSeconds(10); // in which one more hello is saved up

    private readonly Dictionary<string, (IReadOnlyDictionary<string, uint> Has, long Since)> _asking = []; // by listener
    private readonly Dictionary<string, long> _answered = []; // listener: when
    private readonly TraceBudget _budget = new(time);
    private readonly TracePace _hellos = new(time, MostHellos, HelloSaved);
    private string _listener = "";
    private long _greeted = -1; // when; -1 for not on this connection
    private Greeting _wants; // to say hello as soon as it may
    private long _opened;
    private bool _isOpen;

    /// <summary>Whether this author has written, so that others are to know of them.</summary>
    public bool Speaks { get; set; }

    /// <summary>What authors have said that they have, and is not here.</summary>
    public TraceLack Lack { get; } = new(history, members, time);

    /// <summary>When to <see cref="Look"/> again at the latest; null for not before something comes.</summary>
    public TimeSpan? NextIn
    {
        get
        {
            if (!_isOpen) return null;
            TimeSpan?[] all =
            [
                _asking.Count > 0 ? _asking.Min(one => AnswerIn(one.Key, one.Value.Since)) : null,
                _wants != Greeting.None ? GreetIn(Every, _wants) : members.AreAwaited ? GreetIn(Again, Greeting.Provoked) : null,
                Lack.NextIn,
                AnsweringFor is var rest && rest > TimeSpan.Zero ? rest : null,
            ];
            return all.Min();
        }
    }

    /// <summary>Whether those who are there may still hand over something, as far as is known.</summary>
    public bool IsFetching => !_isOpen || AnsweringFor > TimeSpan.Zero || Lack.Count > 0;

    private TimeSpan AnsweringFor => Answering - time.GetElapsedTime(_opened);

    /// <summary>A connection is open.</summary>
    public void Open(string session, string listener)
    {
        Close();
        (_listener, _isOpen, _opened) = (listener, true, time.GetTimestamp());
        voice.Open(session, listener);
        members.Doubt();
        Introduce();
        Greet(Greeting.Own);
    }

    /// <summary>The connection is lost.</summary>
    public void Close()
    {
        (_isOpen, _listener, _greeted, _wants) = (false, "", -1, Greeting.None);
        voice.Close();
        members.Hold();
        Lack.Clear();
        _asking.Clear();
        _answered.Clear();
        _budget.Clear();
    }

    /// <summary>Ends when all have been told that this author is here, as far as they can be.</summary>
    public Task Introduced { get; private set; } = Task.CompletedTask;

    /// <summary>Says that this author is here.</summary>
    public void Introduce()
    {
        if (!Speaks || !_isOpen) return;
        members.Bind(_listener, author.Id);
        Introduced = voice.Say(Here());
    }

    /// <summary>Something was missed: maybe also who left, or that they are here.</summary>
    public void Recover()
    {
        members.Doubt();
        if (Speaks) members.Bind(_listener, author.Id);
        Greet(Greeting.Own);
    }

    /// <summary>
    /// Somebody is to be asked who they are: says hello to all, as soon as the pace of what others provoke allows. Whoever has what is
    /// lacking here will hand it over, and say that they are here.
    /// </summary>
    public void Greet() => Greet(Greeting.Provoked);

    /// <summary>A listener has gone.</summary>
    public void Left(string listener)
    {
        _asking.Remove(listener);
        _answered.Remove(listener);
        voice.Drop(listener);
    }

    /// <summary>Hears a signal.</summary>
    /// <param name="open">Opens a message that was handed over; null when it is not signed by the author whom it names.</param>
    /// <returns>What was handed over, by the author who did so.</returns>
    public IReadOnlyList<TraceEntry> Hear(Signal signal, Func<HandedMessage, TraceEntry?> open)
    {
        var (from, to) = (signal.From, signal.To ?? "");
        if (_budget.Renew()) Lack.GiveBack();
        if (from == _listener || (to.Length > 0 && to != _listener) || !_budget.Pays(from, 1)) return [];
        switch (frames.Open(from, to, signal.Text))
        {
            case HelloFrame hello:
                HearHello(from, hello);
                return [];
            case MessagesFrame messages:
                return HearMessages(from, messages.Messages, open);
            case HereFrame here when frames.IsOf(here.Author, from, here.Body, here.Signature):
                if (members.Bind(from, here.Author)) Lack.Expect(here.Author, here.First, here.Count);
                return [];
            default:
                _budget.Waste(from, Rubbish);
                return [];
        }
    }

    /// <summary>Does what is due. True when an author has not handed over what they said they have, and is not asked any more.</summary>
    public bool Look()
    {
        if (!_isOpen) return false;
        if (_wants != Greeting.None) Greet(_wants);
        else if (members.AreAwaited && GreetIn(Again, Greeting.Provoked) <= TimeSpan.Zero) Greet();
        Answer();
        return Lack.AskAgain(listener => voice.Ask(listener, TraceFrames.SayHello(Lack.Has())));
    }

    /// <summary>Where too many ask, whoever was never answered comes before whoever was.</summary>
    private void HearHello(string from, HelloFrame hello)
    {
        if (_asking.Count >= MostAsking && !_asking.ContainsKey(from))
        {
            if (_answered.ContainsKey(from) || _asking.Keys.FirstOrDefault(_answered.ContainsKey) is not { } other) return;
            _asking.Remove(other);
        }

        _asking[from] = (hello.Has, time.GetTimestamp());
    }

    private void Greet(Greeting why)
    {
        if (!_isOpen) return;
        _wants = why > _wants ? why : _wants;
        if (GreetIn(Every, _wants) > TimeSpan.Zero) return;
        if (_wants == Greeting.Provoked) _hellos.Take();
        (_wants, _greeted) = (Greeting.None, time.GetTimestamp());
        voice.Say(TraceFrames.SayHello(Lack.Has()));
    }

    private TimeSpan GreetIn(TimeSpan every, Greeting why)
    {
        var wait = _greeted < 0 ? TimeSpan.Zero : every - time.GetElapsedTime(_greeted);
        return why == Greeting.Provoked && _hellos.Wait is var pace && pace > wait ? pace : wait;
    }

    private List<TraceEntry> HearMessages(string from, IReadOnlyList<HandedMessage> all, Func<HandedMessage, TraceEntry?> open)
    {
        var taken = new List<TraceEntry>();
        if (members.AuthorOf(from) is not { } speaker) return taken;
        var fresh = all.Where(one => history.Find(TraceEntry.KeyOf(one.Id, speaker)) is null).ToList();
        if (!_budget.Pays(from, fresh.Count)) return taken;
        foreach (var handed in fresh)
        {
            if (open(handed) is { } entry && entry.Author == speaker) taken.Add(entry);
            else _budget.Waste(from, Rubbish);
        }

        return taken;
    }

    // What others lack

    private TimeSpan AnswerIn(string listener, long since)
    {
        var gathered = Gather - time.GetElapsedTime(since);
        var again = _answered.TryGetValue(listener, out var at) ? Every - time.GetElapsedTime(at) : TimeSpan.Zero;
        return gathered > again ? gathered : again;
    }

    private void Answer()
    {
        var due = _asking.Where(one => AnswerIn(one.Key, one.Value.Since) <= TimeSpan.Zero).ToList();
        foreach (var (listener, _) in due)
        {
            _asking.Remove(listener);
            _answered[listener] = time.GetTimestamp();
        }

        if (!Speaks || due.Count == 0) return;
        var (here, isToAll) = (Here(), due.Count > Few);
        if (isToAll) voice.Say(here);
        foreach (var (listener, asked) in due)
        {
            var after = asked.Has.TryGetValue(TraceFrames.TagOf(author.Id), out var number) ? number : -1L;
            var lacking = Own(after + 1).ToList();
            voice.HandOver(listener, ToFrames(isToAll ? null : here, lacking), afterAll: isToAll);
        }
    }

    /// <summary>What is not known to be signed can't be handed over, so nobody is told of it.</summary>
    private IEnumerable<TraceEntry> Own(long first = 0) => history.Of(author.Id, first).Where(entry => entry.Signed is not null);

    /// <summary>What is handed over, after the word that its author is here: without it, nobody takes it.</summary>
    private static IEnumerable<TraceHanded> ToFrames(byte[]? here, List<TraceEntry> lacking)
    {
        if (here is not null) yield return new TraceHanded(here, null);
        var sent = 0;
        foreach (var frame in TraceFrames.HandOver(lacking.Select(entry => new HandedMessage(entry.Id, entry.Created.Nanoseconds, entry.Signed!))))
        {
            sent += TraceFrames.CountIn(frame);
            yield return new TraceHanded(frame, lacking[sent - 1].Content.Number);
        }
    }

    private byte[] Here()
    {
        var own = Own().ToList();
        return frames.SayHere(author, _listener, own is [var oldest, ..] ? oldest.Content.Number : 0, own.Count);
    }

    /// <summary>Why a hello is said. What others provoke has a pace of its own.</summary>
    private enum Greeting
    {
        None,
        Provoked,
        Own,
    }
}
