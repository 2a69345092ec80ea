namespace Malten.Client;

/// <summary>
/// Who takes part in a stream that leaves no trace: which listener speaks for which author, by the author's signature. An author for
/// whom no listener has spoken for a while is gone, until they speak or write again; one who said farewell, for good. Not safe for
/// several threads.
/// </summary>
internal sealed class TraceMembers(TimeProvider time)
{
    /// <summary>As long as a reconnect may take.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(20);

    private const int Most = 1024; // listeners that speak for somebody

    private readonly OrderedDictionary<string, string> _speakers = []; // listener: author; the last to speak is the last
    private readonly Dictionary<string, long> _waiting = []; // author: since when nobody speaks for them
    private readonly Recent _left = new(); // listeners
    private readonly Recent _spoken = new(); // authors for whom somebody has spoken
    private readonly Recent _parted = new(); // authors who said farewell
    private bool _isHeld = true; // this participant is not connected

    /// <summary>Whether there are authors for whom somebody has to speak soon.</summary>
    public bool AreAwaited => _waiting.Count > 0;

    /// <summary>When the next author is gone unless somebody speaks; null for none.</summary>
    public TimeSpan? NextIn => _isHeld || _waiting.Count == 0 ? null : Grace - time.GetElapsedTime(_waiting.Values.Min());

    public bool HasSpoken(string author) => _spoken.Contains(author);

    /// <summary>Whether nothing of an author may be shown.</summary>
    public bool HasParted(string author) => _parted.Contains(author);

    /// <summary>The author for whom a listener speaks.</summary>
    public string? AuthorOf(string listener) => _speakers.GetValueOrDefault(listener);

    /// <summary>The listener that was the last to begin to speak for an author; null where none does.</summary>
    public string? SpeakerOf(string author) => _speakers.Where(one => one.Value == author).Select(one => one.Key).LastOrDefault();

    /// <summary>From now on a listener speaks for an author. False where it can't: it has left, or speaks for another.</summary>
    public bool Bind(string listener, string author)
    {
        var other = _speakers.GetValueOrDefault(listener);
        if (_left.Contains(listener) || _parted.Contains(author) || (other ?? author) != author) return false;
        if (other is null && _speakers.Count >= Most) return false;
        _speakers.TryAdd(listener, author);
        _spoken.Add(author);
        _waiting.Remove(author);
        return true;
    }

    /// <summary>A message of an author has come: somebody has to speak for them soon. False where nobody does.</summary>
    public bool See(string author)
    {
        if (_speakers.ContainsValue(author)) return true;
        _waiting.TryAdd(author, time.GetTimestamp());
        return false;
    }

    /// <summary>A listener has gone.</summary>
    public void Leave(string listener)
    {
        _left.Add(listener);
        if (_speakers.Remove(listener, out var author)) See(author);
    }

    /// <summary>This participant has connected anew or missed something: maybe also who left.</summary>
    public void Doubt()
    {
        foreach (var author in _speakers.Values.Concat(_isHeld ? _waiting.Keys : []).Distinct().ToList()) _waiting[author] = time.GetTimestamp();
        _speakers.Clear();
        _isHeld = false;
    }

    /// <summary>This participant is not connected: while it can't hear who speaks, nobody's time runs out.</summary>
    public void Hold() => _isHeld = true;

    /// <summary>An author has said farewell.</summary>
    public void Part(string author)
    {
        _parted.Add(author);
        foreach (var listener in _speakers.Where(one => one.Value == author).Select(one => one.Key).ToList()) _speakers.Remove(listener);
        _waiting.Remove(author);
    }

    /// <summary>For so long nobody's time ran.</summary>
    public void Rest(TimeSpan rested)
    {
        var ticks = (long)(rested.TotalSeconds * time.TimestampFrequency);
        foreach (var author in _waiting.Keys.ToList()) _waiting[author] += ticks;
    }

    /// <summary>Those whose time has run out.</summary>
    public IReadOnlyList<string> Gone()
    {
        if (_isHeld) return [];
        List<string> gone = [.. _waiting.Where(one => time.GetElapsedTime(one.Value) >= Grace).Select(one => one.Key)];
        foreach (var author in gone) _waiting.Remove(author);
        return gone;
    }

    /// <summary>Remembers what was added last.</summary>
    private sealed class Recent
    {
        private const int Remembered = 4096;

        private readonly HashSet<string> _all = [];
        private readonly Queue<string> _oldestFirst = [];

        public void Add(string one)
        {
            if (!_all.Add(one)) return;
            _oldestFirst.Enqueue(one);
            if (_oldestFirst.Count > Remembered) _all.Remove(_oldestFirst.Dequeue());
        }

        public bool Contains(string one) => _all.Contains(one);
    }
}
