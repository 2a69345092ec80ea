using System.Runtime.Versioning;
using Malten.Client.Encryption;

namespace Malten.Client;

/// <summary>
/// What authors have said that they have, and this participant does not: they are asked for it again each second in which nothing came,
/// a few times. Not safe for several threads.
/// </summary>
[UnsupportedOSPlatform("browser")]
internal sealed class TraceLack(TraceHistory history, TraceMembers members, TimeProvider time)
{
    private const int Rounds = 5; // together longer than it may take until a listener is answered again

    private static readonly TimeSpan Round = TimeSpan.FromSeconds(1); // after which what has not come is asked for again
    private static readonly TimeSpan Pardon = TimeSpan.FromSeconds(60); // after which an author who was given up is asked anew

    private readonly Dictionary<string, Expected> _announced = []; // by author
    private long _round = -1; // since when it waits for what is lacking

    /// <summary>Of how many authors something has not come yet.</summary>
    public int Count => _announced.Count(one => Lacks(one.Key, one.Value));

    /// <summary>When to <see cref="AskAgain"/>; null where nothing is lacking.</summary>
    public TimeSpan? NextIn => _round >= 0 ? Round - time.GetElapsedTime(_round) : null;

    /// <summary>By author: up to which number nothing is missing.</summary>
    public Dictionary<string, uint> Has()
    {
        var has = new Dictionary<string, uint>();
        foreach (var who in history.Authors)
            if (history.Complete(who, _announced.GetValueOrDefault(who)?.First) is { } number) has[TraceFrames.TagOf(who)] = (uint)number;
        return has;
    }

    /// <summary>An author has said which messages they have.</summary>
    /// <param name="first">The number of the oldest.</param>
    public void Expect(string who, long first, int count)
    {
        var known = _announced.GetValueOrDefault(who);
        var isPardoned = known is { Tries: > Rounds } && time.GetElapsedTime(known.GaveUp) > Pardon;
        var expected = new Expected(first, count) { Tries = isPardoned ? 0 : known?.Tries ?? 0, GaveUp = known?.GaveUp ?? 0 };
        expected.Least = Math.Min(known?.Least ?? int.MaxValue, LackOf(who, expected));
        _announced[who] = expected;
        if (_round < 0 && Lacks(who, expected)) _round = time.GetTimestamp(); // maybe nothing more comes that would make it look
    }

    /// <summary>A message of an author has come, and one before it has not.</summary>
    public void Miss(string missed)
    {
        var first = _announced.TryGetValue(missed, out var known) ? known.First : history.Of(missed).First().Content.Number;
        var from = Math.Max(first, history.Floor(missed) + 1);
        Expect(missed, from, history.Of(missed, from).Count() + 1);
    }

    /// <summary>An author has gone, and nothing more is to come of them.</summary>
    public void Drop(string gone) => _announced.Remove(gone);

    /// <summary>Something was not heard, for whatever reason: that is none not to ask for it any more.</summary>
    public void GiveBack()
    {
        foreach (var expected in _announced.Values) expected.Tries = 0;
    }

    public void Clear()
    {
        _announced.Clear();
        _round = -1;
    }

    /// <summary>Asks those who have handed over nothing for a while, when it is time.</summary>
    /// <param name="ask">Asks a listener.</param>
    /// <returns>True when one of them is not asked any more.</returns>
    public bool AskAgain(Action<string> ask)
    {
        foreach (var (_, expected) in _announced.Where(one => LackOf(one.Key, one.Value) <= 0)) (expected.Tries, expected.Least) = (0, int.MaxValue);
        if (Count == 0) _round = -1;
        else if (_round < 0) _round = time.GetTimestamp();
        if (_round < 0 || time.GetElapsedTime(_round) < Round) return false;
        _round = time.GetTimestamp();
        var gaveUp = false;
        foreach (var (who, expected) in _announced.Where(one => Lacks(one.Key, one.Value)).ToList())
        {
            var lack = LackOf(who, expected);
            if (lack < expected.Least) (expected.Least, expected.Tries) = (lack, 0);
            else if (++expected.Tries <= Rounds) ask(members.SpeakerOf(who)!);
            else (gaveUp, expected.GaveUp) = (true, time.GetTimestamp());
        }

        return gaveUp;
    }

    private bool Lacks(string who, Expected expected) =>
        expected.Tries <= Rounds && LackOf(who, expected) > 0 && members.SpeakerOf(who) is not null;

    private int LackOf(string who, Expected expected)
    {
        var from = Math.Max(expected.First, history.Floor(who) + 1);
        return (int)(expected.Count - (from - expected.First) - history.Of(who, from).Count());
    }

    /// <summary>What an author said they have, and how often in a row it was asked for in vain.</summary>
    private sealed class Expected(long first, int count)
    {
        public long First { get; } = first;

        public int Count { get; } = count;

        public int Tries { get; set; }

        public long GaveUp { get; set; }

        /// <summary>The fewest messages that have been lacking.</summary>
        public int Least { get; set; }
    }
}
