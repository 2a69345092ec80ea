using System.Runtime.Versioning;

namespace Malten.Client;

/// <summary>
/// What was said in a stream that leaves no trace, as far as this participant has it: 1,024 messages of its own, and 1,024 of all
/// others together. Not safe for several threads.
/// </summary>
/// <param name="own">This participant's author.</param>
/// <param name="hasSpoken">Whether a listener has ever spoken for an author.</param>
[UnsupportedOSPlatform("browser")]
internal sealed class TraceHistory(string own, Func<string, bool> hasSpoken)
{
    private const int Most = 1024;
    private const int MostNoted = 4096; // authors of whom something had to go

    private readonly Dictionary<string, TraceEntry> _entries = [];
    private readonly Dictionary<string, SortedDictionary<(uint Number, string Key), TraceEntry>> _written = []; // by author
    private readonly Dictionary<string, uint> _displaced = []; // author: the highest number that had to go

    public IEnumerable<string> Authors => _written.Keys;

    public IEnumerable<TraceEntry> All => _entries.Values;

    public TraceEntry? Find(string key) => _entries.GetValueOrDefault(key);

    /// <summary>What an author wrote from a number on, in order.</summary>
    public IEnumerable<TraceEntry> Of(string author, long first = 0) =>
        _written.TryGetValue(author, out var written) ? written.Values.Where(entry => entry.Content.Number >= first) : [];

    /// <summary>
    /// Adds a message. Where others have too many, an author for whom nobody has ever spoken loses the oldest, or else whoever has
    /// most: so it takes a listener for each author to displace what others said, and nobody displaces what is this participant's own.
    /// </summary>
    /// <returns>The message that had to go; null where there was room.</returns>
    public TraceEntry? Add(TraceEntry entry)
    {
        _entries[entry.Key] = entry;
        if (!_written.TryGetValue(entry.Author, out var written)) _written[entry.Author] = written = [];
        written[(entry.Content.Number, entry.Key)] = entry;
        if (Count(entry.Author == own) <= Most) return null;
        var oldest = Oldest(entry.Author == own);
        Remove(oldest);
        if (_displaced.Count >= MostNoted) _displaced.Clear();
        _displaced[oldest.Author] = Math.Max(oldest.Content.Number, _displaced.GetValueOrDefault(oldest.Author));
        return oldest;
    }

    /// <summary>The highest number of an author that there is no room for; -1 where there is room. What is up to it is not missing.</summary>
    public long Floor(string author) =>
        _displaced.TryGetValue(author, out var displaced) && Count(author == own) >= Most ? displaced : -1;

    /// <summary>Forgets what an author wrote, or with null all.</summary>
    public IReadOnlyList<TraceEntry> Drop(string? author = null)
    {
        IReadOnlyList<TraceEntry> dropped = author is null ? [.. All] : [.. Of(author)];
        foreach (var entry in dropped) Remove(entry);
        if (author is null) _displaced.Clear();
        else _displaced.Remove(author);
        return dropped;
    }

    /// <summary>Up to which number nothing of an author is missing; null where even the oldest is.</summary>
    /// <param name="first">The number of the oldest message that the author still has; null where that is not known.</param>
    public long? Complete(string author, long? first)
    {
        var floor = Floor(author);
        var last = first is { } oldest && floor >= Math.Max(oldest - 1, 0) ? floor : default(long?);
        foreach (var entry in Of(author, floor + 1))
        {
            var (number, skipped) = (entry.Content.Number, entry.Content.Skipped);
            if (last is { } before ? number - skipped - 1 > before : number > (first ?? long.MaxValue)) break;
            last = number;
        }

        return last;
    }

    private int Count(bool isOwn)
    {
        var ours = _written.GetValueOrDefault(own)?.Count ?? 0;
        return isOwn ? ours : _entries.Count - ours;
    }

    private TraceEntry Oldest(bool isOwn)
    {
        if (isOwn) return _written[own].Values.MinBy(entry => entry.Created)!;
        var rivals = _written.Where(one => one.Key != own).ToList();
        var among = rivals.Where(one => !hasSpoken(one.Key)).ToList() is { Count: > 0 } unknown ? unknown : rivals;
        var most = among.Max(one => one.Value.Count);
        return among.Where(one => one.Value.Count == most).SelectMany(one => one.Value.Values).MinBy(entry => entry.Created)!;
    }

    private void Remove(TraceEntry entry)
    {
        _entries.Remove(entry.Key);
        var written = _written[entry.Author];
        written.Remove((entry.Content.Number, entry.Key));
        if (written.Count == 0) _written.Remove(entry.Author);
    }
}
