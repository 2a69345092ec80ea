using Malten.Client;

namespace Malten.Cli.Mcp;

/// <summary>
/// What a room has heard since this process began: the newest 1024 messages, in the order in which everybody gets them, and notes where
/// something is missing. What stands after a position can be asked for again and again. Safe for several threads.
/// </summary>
internal sealed class Journal
{
    private const int Held = 1024; // messages, as in a full stream
    private const int HeldNotes = 128;
    private const int HeldIds = 4096; // of messages that a server may send again
    private const string MayBeGone = "Messages between the position that you gave and the first one here may be gone.";
    private const string Unknown = "The position that you gave is not known here: all that is held follows.";
    private const string FitsNow = "it fits the other messages now.";

    private readonly Lock _gate = new();
    private readonly List<JournalEntry> _entries = [];
    private readonly RecentIds _known = new(HeldIds);
    private readonly RecentIds _own = new(Held); // said from here
    private TaskCompletionSource _changed = NewSource();
    private int _messages; // among the entries

    /// <summary>Up to where something has come, also what can't be shown.</summary>
    public Timestamp HeardUpTo { get; private set; }

    /// <summary>Ends as soon as something has come.</summary>
    public Task Changed
    {
        get { lock (_gate) return _changed.Task; }
    }

    /// <summary>The place after everything that has come.</summary>
    public Position End
    {
        get { lock (_gate) return EndOfEntries; }
    }

    private Position EndOfEntries => _entries is [.., var last] ? last.Place : Position.Beginning;

    /// <summary>Whether a message was said from here.</summary>
    public bool IsOwn(Guid id)
    {
        lock (_gate) return _own.Contains(id);
    }

    /// <summary>A message is about to be said from here.</summary>
    public void Own(Guid id)
    {
        lock (_gate) _own.Add(id);
    }

    /// <summary>A message has come. One that has come before stays where and as it is, but for what is known about it.</summary>
    public void Take(Heard message)
    {
        lock (_gate)
        {
            if (_known.Add(message.Id)) Append(new JournalEntry(PlaceOf(message.Created), message, null));
            else if (message.Doubt is not null) Update(message);
            Reach(message.Created);
        }
    }

    /// <summary>More is known about a message that has come. Where an agent has been given it, a note says so.</summary>
    public void Update(Heard message)
    {
        lock (_gate)
        {
            if (_entries.Find(entry => entry.Message?.Id == message.Id) is not { Message: { } before } entry || before.Doubt == message.Doubt) return;
            entry.Message = before with { Doubt = message.Doubt };
            if (entry.IsGiven) Note($"About the message {message.Id}: {message.Doubt ?? FitsNow}");
        }
    }

    /// <summary>Messages are gone, and no agent is given them any more. Their places stay good, and what comes again is new.</summary>
    /// <param name="isGone">Which.</param>
    public void Remove(Func<Heard, bool> isGone)
    {
        lock (_gate)
        {
            foreach (var entry in _entries)
            {
                if (entry.Message is not { } message || !isGone(message)) continue;
                entry.Message = null;
                _known.Remove(message.Id);
                _messages--;
            }

            Trim();
        }
    }

    /// <summary>Something has come that is no message for an agent. Between two messages the same note stands once, unless it was given.</summary>
    public void Note(string note, Timestamp? reached = null)
    {
        lock (_gate)
        {
            var sinceMessage = _entries.AsEnumerable().Reverse().TakeWhile(entry => entry.Message is null);
            if (!sinceMessage.Any(entry => entry.Note == note && !entry.IsGiven)) Append(new JournalEntry(PlaceOf(EndOfEntries.Date), null, note));
            Reach(reached ?? HeardUpTo);
        }
    }

    /// <summary>Whoever waits looks again.</summary>
    public void Wake()
    {
        lock (_gate) Reach(HeardUpTo);
    }

    /// <summary>The first so many messages after a place, and the notes among them.</summary>
    /// <param name="isWanted">Which messages are meant.</param>
    public Excerpt After(Position place, int count, Func<Heard, bool> isWanted)
    {
        lock (_gate)
        {
            var (first, note) = Find(place);
            var excerpt = new Excerpt { Position = place };
            if (note is not null) excerpt.Notes.Add(note);
            foreach (var entry in _entries.Skip(first))
            {
                if (!excerpt.TryPass(entry, count, isWanted)) break;
                excerpt.Position = entry.Place;
            }

            return excerpt;
        }
    }

    /// <summary>The last so many messages before a place, oldest first, and the notes among them; its position is that place where there are none.</summary>
    /// <param name="place">Null for the end.</param>
    public Excerpt Before(Position? place, int count)
    {
        lock (_gate)
        {
            var end = place is { } given ? IndexOf(given) : _entries.Count;
            var excerpt = new Excerpt { Position = end > 0 ? _entries[end - 1].Place : place ?? Position.Beginning };
            foreach (var entry in _entries.Take(end).Reverse())
                if (!excerpt.TryPass(entry, count, _ => true)) break;
            excerpt.Reverse();
            return excerpt;
        }
    }

    /// <summary>An agent is given an excerpt.</summary>
    public void Give(Excerpt excerpt)
    {
        lock (_gate)
            foreach (var entry in excerpt.Passed) entry.IsGiven = true;
    }

    /// <summary>Those who have said something, the last to do so first.</summary>
    public IReadOnlyList<Heard> Authors()
    {
        lock (_gate)
        {
            return [.. _entries.Select(entry => entry.Message).OfType<Heard>().Reverse().DistinctBy(message => (message.Author, message.Key, message.IsOwn))];
        }
    }

    /// <summary>Where an entry stands; if it is not there, the first one with a later date. What is handed over comes after what is newer.</summary>
    private int IndexOf(Position place) =>
        _entries.FindIndex(entry => entry.Place == place) is >= 0 and var exact ? exact
        : _entries.FindIndex(entry => entry.Place.Date > place.Date) is >= 0 and var later ? later
        : _entries.Count;

    /// <summary>Where the entries after a place begin, and what is to be said if that is not certain.</summary>
    private (int First, string? Note) Find(Position place)
    {
        // A program that was started anew may count otherwise what has the same date.
        var last = _entries.FindLastIndex(entry => entry.Place.Date == place.Date && entry.Place.Ordinal <= place.Ordinal);
        if (last >= 0 || place.Date == Timestamp.Beginning) return (last + 1, null);
        var next = _entries.FindIndex(entry => entry.Place.Date >= place.Date);
        if (next < 0) return (0, Unknown);
        var isNext = _entries[next].Place.Date == place.Date || _entries.FindIndex(entry => entry.Message is not null) < next;
        while (next > 0 && _entries[next - 1].Message is null) next--;
        return (next, isNext ? null : MayBeGone);
    }

    /// <summary>The place of what comes next, with this date. The beginning of all is nobody's.</summary>
    private Position PlaceOf(Timestamp date)
    {
        if (date < Timestamp.Beginning) date = Timestamp.Beginning;
        var same = _entries.FindLast(entry => entry.Place.Date == date);
        return new Position(date, same is not null ? same.Place.Ordinal + 1 : date == Timestamp.Beginning ? 1 : 0);
    }

    private void Append(JournalEntry entry)
    {
        _entries.Add(entry);
        if (entry.Message is not null) _messages++;
        Trim();
        if (_messages <= Held) return;
        _entries.RemoveRange(0, _entries.FindIndex(one => one.Message is not null) + 1);
        _messages--;
    }

    /// <summary>Of what is no message, or none any more, the oldest goes first.</summary>
    private void Trim()
    {
        while (_entries.Count - _messages > HeldNotes) _entries.RemoveAt(_entries.FindIndex(one => one.Message is null));
    }

    private void Reach(Timestamp place)
    {
        HeardUpTo = place > HeardUpTo ? place : HeardUpTo;
        _changed.TrySetResult();
        _changed = NewSource();
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
