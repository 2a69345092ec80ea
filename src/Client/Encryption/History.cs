using System.Runtime.Versioning;
using Malten.Client.Encryption;

namespace Malten.Client;

/// <summary>What the messages of an encrypted stream say about each other. Made anew whenever one comes.</summary>
[UnsupportedOSPlatform("browser")]
internal sealed class History
{
    /// <summary>Milliseconds by which two honest clocks may differ.</summary>
    private const double Clocks = 120_000;

    /// <summary>Milliseconds after which a message should have reached everybody who is connected.</summary>
    private const double Delivery = 60_000;

    private readonly IReadOnlyList<HistoryEntry> _entries;
    private readonly IReadOnlyCollection<HistoryEntry> _known;
    private readonly bool _isWhole;
    private readonly double _since;
    private readonly Dictionary<string, int> _places; // of a hash
    private readonly Dictionary<string, AuthorChain> _chains;
    private readonly Dictionary<string, HashSet<string>> _authors; // by the look of their name
    private readonly Dictionary<string, double> _dates; // by id: the server's first
    private readonly HashSet<string> _shown; // hashes
    private readonly HashSet<string> _holes; // ids of messages after which others stood
    private readonly int[] _otherAbove; // by place: the nearest above of another author, or -1
    private readonly Dictionary<string, Reader> _readers = [];

    /// <param name="entries">In the server's order.</param>
    /// <param name="isWhole">Whether nothing that came before them should be gone.</param>
    /// <param name="known">All that the reader was ever given, with the server's first dates.</param>
    /// <param name="since">The server's date from which it holds messages: what is older may have faded for the authors of what follows.</param>
    public History(IReadOnlyList<HistoryEntry> entries, bool isWhole, IReadOnlyCollection<HistoryEntry> known, double since)
    {
        (_entries, _isWhole, _known, _since) = (entries, isWhole, known, since);
        _places = entries.Index().DistinctBy(one => one.Item.Hash).ToDictionary(one => one.Item.Hash, one => one.Index);
        _chains = entries.GroupBy(entry => entry.Author).ToDictionary(one => one.Key, one => new AuthorChain(one));
        _authors = known.Concat(entries).Where(one => one.Look.Length > 0).GroupBy(one => one.Look)
            .ToDictionary(one => one.Key, one => one.Select(entry => entry.Author).ToHashSet());
        _dates = known.ToDictionary(one => one.Id, one => one.Created);
        _shown = [.. known.Select(one => one.Hash)];
        _holes = Holes();
        _otherAbove = new int[entries.Count];
        for (var i = 0; i < entries.Count; i++)
            _otherAbove[i] = i == 0 ? -1 : entries[i - 1].Author != entries[i].Author ? i - 1 : _otherAbove[i - 1];
    }

    /// <summary>The findings for each message that has any, by its id.</summary>
    public Dictionary<string, Findings> Compare()
    {
        var all = new Dictionary<string, Findings>();
        for (var place = 0; place < _entries.Count; place++)
        {
            var found = Compare(_entries[place], place);
            if (found != Findings.None) all[_entries[place].Id] = found;
        }

        return all;
    }

    /// <summary>The newest message of each of the others who wrote last, newest first.</summary>
    public static IReadOnlyList<string> Heads(IEnumerable<HistoryEntry> oldestFirst, string own) =>
        [.. oldestFirst.Reverse().Where(entry => entry.Author != own).DistinctBy(entry => entry.Author).Take(Enc2Content.MostSeen).Select(entry => entry.Hash)];

    private Findings Compare(HistoryEntry entry, int place)
    {
        if (!_readers.TryGetValue(entry.Author, out var reader)) _readers[entry.Author] = reader = new Reader();
        var found = _chains[entry.Author].Compare(entry, reader.Highest, _isWhole) | AmongOthers(entry, place, reader);
        if (Math.Abs(entry.Time - entry.Created) > Clocks) found |= Findings.Date;
        if (_dates.TryGetValue(entry.Id, out var was) && was != entry.Created) found |= Findings.Moved;
        if (_holes.Contains(entry.Id)) found |= Findings.Withheld;
        if (entry.Look.Length > 0 && _authors[entry.Look].Count > 1) found |= Findings.Namesake;
        reader.Highest = Math.Max(reader.Highest ?? 0, entry.Number);
        return found;
    }

    /// <summary>Compares what its author had read, now and before, with what is here and with what stands above it.</summary>
    private Findings AmongOthers(HistoryEntry entry, int place, Reader reader)
    {
        var found = Findings.None;
        var (isBelow, isElsewhere) = (false, false);
        foreach (var hash in entry.Seen)
        {
            if (_places.TryGetValue(hash, out var named))
            {
                reader.Reached = Math.Max(reader.Reached, named);
                isBelow |= named > place;
                continue;
            }

            isElsewhere = true;
            if (_shown.Contains(hash)) continue;
            if (!_isWhole && !reader.IsSettled) reader.Excused.Add(hash); // it may be older than all here
            if (!reader.Excused.Contains(hash)) found |= Findings.Unseen;
        }

        if (Math.Min(entry.Time, entry.Created) > _entries[0].Created + Delivery) reader.IsSettled = true;
        if (isBelow) found |= Findings.Before;
        return !isElsewhere && NewestDelivered(entry, place) > reader.Reached ? found | Findings.Behind : found;
    }

    /// <summary>The last message above of another author that this author should have been given, and that can't have faded; -1 for none.</summary>
    private int NewestDelivered(HistoryEntry entry, int place)
    {
        var before = Math.Min(entry.Time, entry.Created) - Delivery;
        var (low, high) = (0, place); // dates ascend
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_entries[middle].Created < before) low = middle + 1;
            else high = middle;
        }

        var newest = low - 1;
        if (newest >= 0 && _entries[newest].Author == entry.Author) newest = _otherAbove[newest];
        return newest >= 0 && _entries[newest].Created >= _since ? newest : -1;
    }

    /// <summary>The messages after which others stood that are known and not here any more. What is older than all here may have faded.</summary>
    private HashSet<string> Holes()
    {
        var holes = new HashSet<string>();
        var here = _entries.Select(entry => entry.Id).ToHashSet();
        foreach (var gone in _known.Where(one => !here.Contains(one.Id)))
            if (_entries.LastOrDefault(entry => entry.Created < gone.Created) is { } above) holes.Add(above.Id);
        return holes;
    }

    /// <summary>What an author had read, as far as the messages up to here say.</summary>
    private sealed class Reader
    {
        /// <summary>The highest number so far; null before the author's first message.</summary>
        public long? Highest { get; set; }

        /// <summary>The last place that the author had read.</summary>
        public int Reached { get; set; } = -1;

        /// <summary>Whether the author has written since all that is older than all here should have arrived.</summary>
        public bool IsSettled { get; set; }

        /// <summary>What the author names and may be older than all here.</summary>
        public HashSet<string> Excused { get; } = [];
    }
}
