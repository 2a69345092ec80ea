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
    private const int Rounds = 5; // together longer than it may take until a listener is answered again
    private const int Rubbish = 64; // what is refused costs as much as so many frames
    private const int MostHellos = 10; // at once

    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(30); // in which hellos are answered together
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(3); // between two answers to one listener, and two hellos
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(1); // after which what has not come is asked for again
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(5); // between two hellos to those for whom nobody speaks
    private static readonly TimeSpan HelloSaved = TimeSpan.FromSeconds(10); // in which one more hello is saved up

    private readonly Dictionary<string, Expected> _announced = []; // by author
    private readonly Dictionary<string, (IReadOnlyDictionary<string, uint> Has, long Since)> _asking = []; // by listener
    private readonly Dictionary<string, long> _answered = []; // listener: when
    private readonly TraceBudget _budget = new(time);
    private readonly TracePace _hellos = new(time, MostHellos, HelloSaved);
    private string _listener = "";
    private long _greeted = -1; // when; -1 for not on this connection
    private bool _wants; // to say hello as soon as it may
    private long _round = -1; // since when it waits for what is lacking
    private bool _isOpen;

    /// <summary>Whether this author has written, so that others are to know of them.</summary>
    public bool Speaks { get; set; }

    /// <summary>How many authors have said that they have what is not here.</summary>
    public int Lacking => _announced.Count(one => Lacks(one.Key, one.Value));

    /// <summary>When to <see cref="Look"/> again at the latest; null for not before something comes.</summary>
    public TimeSpan? NextIn
    {
        get
        {
            if (!_isOpen) return null;
            TimeSpan?[] all =
            [
                _asking.Count > 0 ? _asking.Min(one => AnswerIn(one.Key, one.Value.Since)) : null,
                _wants ? GreetIn(Every) : members.AreAwaited ? GreetIn(Again) : null,
                _round >= 0 ? Round - time.GetElapsedTime(_round) : null,
            ];
            return all.Min();
        }
    }

    /// <summary>A connection is open.</summary>
    public void Open(string session, string listener)
    {
        Close();
        (_listener, _isOpen) = (listener, true);
        voice.Open(session, listener);
        members.Doubt();
        Introduce();
        Greet();
    }

    /// <summary>The connection is lost.</summary>
    public void Close()
    {
        (_isOpen, _listener, _greeted, _round, _wants) = (false, "", -1, -1, false);
        voice.Close();
        members.Hold();
        _announced.Clear();
        _asking.Clear();
        _answered.Clear();
        _budget.Clear();
    }

    /// <summary>Says that this author is here.</summary>
    public void Introduce()
    {
        if (!Speaks || !_isOpen) return;
        members.Bind(_listener, author.Id);
        voice.Say(Here());
    }

    /// <summary>Something was missed: maybe also who left, or that they are here.</summary>
    public void Recover()
    {
        members.Doubt();
        if (Speaks) members.Bind(_listener, author.Id);
        Greet();
    }

    /// <summary>Says hello to all, as soon as it may again. Whoever has what is lacking here will hand it over, and say that they are here.</summary>
    public void Greet()
    {
        _wants = _isOpen;
        if (!_wants || GreetIn(Every) > TimeSpan.Zero) return;
        (_wants, _greeted) = (false, time.GetTimestamp());
        _hellos.Take();
        voice.Say(TraceFrames.SayHello(Has()));
    }

    /// <summary>A message of an author has come, and one before it has not.</summary>
    public void Miss(string missed)
    {
        var first = _announced.TryGetValue(missed, out var known) ? known.First : history.Of(missed).First().Content.Number;
        var from = Math.Max(first, history.Floor(missed) + 1);
        Expect(missed, from, history.Of(missed, from).Count() + 1);
    }

    /// <summary>A listener has gone.</summary>
    public void Left(string listener)
    {
        _asking.Remove(listener);
        _answered.Remove(listener);
    }

    /// <summary>An author has gone, and nothing more is to come of them.</summary>
    public void Drop(string gone) => _announced.Remove(gone);

    /// <summary>Hears a signal.</summary>
    /// <param name="open">Opens a message that was handed over; null when it is not signed by the author whom it names.</param>
    /// <returns>What was handed over, by the author who did so.</returns>
    public IReadOnlyList<TraceEntry> Hear(Signal signal, Func<HandedMessage, TraceEntry?> open)
    {
        var (from, to) = (signal.From, signal.To ?? "");
        if (from == _listener || (to.Length > 0 && to != _listener) || !_budget.Pays(from, 1)) return [];
        switch (frames.Open(from, to, signal.Text))
        {
            case HelloFrame hello:
                if (_asking.Count < MostAsking) _asking[from] = (hello.Has, time.GetTimestamp());
                return [];
            case MessagesFrame messages:
                return HearMessages(from, messages.Messages, open);
            case HereFrame here when frames.IsOf(here.Author, from, here.Body, here.Signature):
                if (members.Bind(from, here.Author)) Expect(here.Author, here.First, here.Count);
                return [];
            default:
                _budget.Pays(from, Rubbish);
                return [];
        }
    }

    /// <summary>Does what is due. True when an author has not handed over what they said they have, and is not asked any more.</summary>
    public bool Look()
    {
        if (!_isOpen) return false;
        if (_wants) Greet();
        else if (members.AreAwaited && GreetIn(Again) <= TimeSpan.Zero) Greet();
        Answer();
        foreach (var (who, expected) in _announced.Where(one => IsComplete(one.Key, one.Value))) expected.Tries = 0;
        if (Lacking == 0) _round = -1;
        else if (_round < 0) _round = time.GetTimestamp();
        return _round >= 0 && time.GetElapsedTime(_round) >= Round && AskAgain();
    }

    private TimeSpan GreetIn(TimeSpan every)
    {
        var wait = _greeted < 0 ? TimeSpan.Zero : every - time.GetElapsedTime(_greeted);
        return wait > _hellos.Wait ? wait : _hellos.Wait;
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
            else _budget.Pays(from, Rubbish);
        }

        return taken;
    }

    // What is lacking here

    /// <summary>By author: up to which number nothing is missing.</summary>
    private Dictionary<string, uint> Has()
    {
        var has = new Dictionary<string, uint>();
        foreach (var who in history.Authors)
            if (history.Complete(who, _announced.GetValueOrDefault(who)?.First) is { } number) has[TraceFrames.TagOf(who)] = (uint)number;
        return has;
    }

    private void Expect(string who, long first, int count) =>
        _announced[who] = new Expected(first, count) { Tries = _announced.TryGetValue(who, out var known) ? known.Tries : 0 };

    private bool Lacks(string who, Expected expected) =>
        expected.Tries <= Rounds && !IsComplete(who, expected) && members.SpeakerOf(who) is not null;

    private bool IsComplete(string who, Expected expected)
    {
        var from = Math.Max(expected.First, history.Floor(who) + 1);
        return history.Of(who, from).Count() >= expected.Count - (from - expected.First);
    }

    /// <summary>Asks those who have handed over nothing for a while. True when one of them is not asked any more.</summary>
    private bool AskAgain()
    {
        _round = time.GetTimestamp();
        var gaveUp = false;
        foreach (var (who, expected) in _announced.Where(one => Lacks(one.Key, one.Value)).ToList())
        {
            var has = history.Of(who).Count();
            if (has > expected.Had) expected.Had = has;
            else if (++expected.Tries <= Rounds) voice.Say(TraceFrames.SayHello(Has()), members.SpeakerOf(who));
            else gaveUp = true;
        }

        return gaveUp;
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
            var lacking = history.Of(author.Id, after + 1).Where(entry => entry.Signed is not null)
                .Select(entry => new HandedMessage(entry.Id, entry.Created.Nanoseconds, entry.Signed!)).ToList();
            if (!isToAll) voice.Say(here, listener);
            voice.HandOver(listener, TraceFrames.HandOver(lacking));
        }
    }

    private byte[] Here()
    {
        var own = history.Of(author.Id).ToList();
        return frames.SayHere(author, _listener, own is [var oldest, ..] ? oldest.Content.Number : 0, own.Count);
    }

    /// <summary>What an author said they have, and how often it was asked for.</summary>
    private sealed class Expected(long first, int count)
    {
        public long First { get; } = first;

        public int Count { get; } = count;

        public int Tries { get; set; }

        public int Had { get; set; }
    }
}
