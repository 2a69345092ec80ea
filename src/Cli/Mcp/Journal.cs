using Malten.Client;

namespace Malten.Cli.Mcp;

/// <summary>
/// What a room has heard since this process began: the newest 1024 messages, in the order in which everybody gets them, and notes where
/// something is missing. A position is the date of a message: what stands after it can be asked for again and again. Safe for several threads.
/// </summary>
internal sealed class Journal
{
    private const int Held = 1024;
    private const string MayBeGone = "Messages between the position that you gave and the first one here may be gone.";
    private const string Unknown = "The position that you gave is not known here: all that is held follows.";

    private readonly Lock _gate = new();
    private readonly List<Entry> _entries = [];
    private readonly HashSet<Guid> _known = []; // of those held
    private readonly HashSet<Guid> _own = []; // said from here
    private readonly Queue<Guid> _ownOldestFirst = [];
    private TaskCompletionSource _changed = NewSource();

    /// <summary>Up to where something has come, also what can't be shown.</summary>
    public Timestamp HeardUpTo { get; private set; }

    /// <summary>Ends as soon as something has come.</summary>
    public Task Changed
    {
        get { lock (_gate) return _changed.Task; }
    }

    /// <summary>Whether a message was said from here.</summary>
    public bool IsOwn(Guid id)
    {
        lock (_gate) return _own.Contains(id);
    }

    /// <summary>A message is about to be said from here.</summary>
    public void Own(Guid id)
    {
        lock (_gate)
        {
            if (!_own.Add(id)) return;
            _ownOldestFirst.Enqueue(id);
            if (_ownOldestFirst.Count > Held) _own.Remove(_ownOldestFirst.Dequeue());
        }
    }

    /// <summary>A message has come. One that has come before stays where it is.</summary>
    public void Take(Heard message)
    {
        lock (_gate)
        {
            if (_known.Add(message.Id)) Append(new Entry(message, null));
            Reach(message.Created);
        }
    }

    /// <summary>More is known about a message that has come.</summary>
    public void Update(Heard message)
    {
        lock (_gate)
            if (_entries.FindIndex(entry => entry.Message?.Id == message.Id) is >= 0 and var index) _entries[index] = new Entry(message, null);
    }

    /// <summary>Something has come that is no message for an agent. The same note stands once in a row.</summary>
    public void Note(string note, Timestamp? reached = null)
    {
        lock (_gate)
        {
            if (_entries is not [.., { Note: var last }] || last != note) Append(new Entry(null, note));
            Reach(reached ?? HeardUpTo);
        }
    }

    /// <summary>Whoever waits looks again.</summary>
    public void Wake()
    {
        lock (_gate) Reach(HeardUpTo);
    }

    /// <summary>The place after everything that has come.</summary>
    public Timestamp End
    {
        get { lock (_gate) return _entries.FindLast(entry => entry.Message is not null)?.Message!.Created ?? Timestamp.Beginning; }
    }

    /// <summary>The first so many messages after a place, and the notes among them.</summary>
    /// <param name="isWanted">Which messages are meant.</param>
    public Excerpt After(Timestamp place, int count, Func<Heard, bool> isWanted)
    {
        lock (_gate)
        {
            var (first, note) = Find(place);
            var excerpt = new Excerpt(note is null ? [] : [note]) { Position = place };
            foreach (var entry in _entries.Skip(first))
            {
                if (entry.Message is { } message && isWanted(message) && !excerpt.TryAdd(message, count)) return excerpt with { HasMore = true };
                if (entry.Note is { } told) excerpt.Notes.Add(told);
                if (entry.Message is { } passed) excerpt.Position = passed.Created;
            }

            return excerpt;
        }
    }

    /// <summary>The last so many messages before a place, oldest first, and the notes among them.</summary>
    /// <param name="place">Null for the end.</param>
    public Excerpt Before(Timestamp? place, int count)
    {
        lock (_gate)
        {
            var end = place is { } given ? IndexOf(given) is >= 0 and var index ? index : Find(given).First : _entries.Count;
            var excerpt = new Excerpt([]);
            for (var i = end - 1; i >= 0; i--)
            {
                if (_entries[i].Message is { } message && !excerpt.TryAdd(message, count)) return excerpt.Reversed(hasMore: true);
                if (_entries[i].Note is { } told) excerpt.Notes.Add(told);
            }

            return excerpt.Reversed(hasMore: false);
        }
    }

    /// <summary>Those who have said something, the last to do so first.</summary>
    public IReadOnlyList<Heard> Authors()
    {
        lock (_gate)
        {
            return [.. _entries.Select(entry => entry.Message).OfType<Heard>().Reverse().DistinctBy(message => (message.Author, message.Key, message.IsOwn))];
        }
    }

    private int IndexOf(Timestamp place) => _entries.FindLastIndex(entry => entry.Message?.Created == place);

    /// <summary>Where the entries after a place begin, and what is to be said if that is not certain.</summary>
    private (int First, string? Note) Find(Timestamp place)
    {
        if (place == Timestamp.Beginning) return (0, null);
        if (IndexOf(place) is >= 0 and var index) return (index + 1, null);
        var next = _entries.FindIndex(entry => entry.Message?.Created > place);
        return next < 0 ? (0, Unknown) : (next, _entries.FindIndex(entry => entry.Message is not null) == next ? MayBeGone : null);
    }

    private void Append(Entry entry)
    {
        _entries.Add(entry);
        if (_entries.Count <= Held) return;
        if (_entries[0].Message is { } gone) _known.Remove(gone.Id);
        _entries.RemoveAt(0);
    }

    private void Reach(Timestamp place)
    {
        HeardUpTo = place > HeardUpTo ? place : HeardUpTo;
        _changed.TrySetResult();
        _changed = NewSource();
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>A message, or a note between messages.</summary>
    private sealed record Entry(Heard? Message, string? Note);
}
