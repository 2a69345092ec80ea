using System.Runtime.Versioning;
using Malten.Client.Encryption;

namespace Malten.Client;

/// <summary>What one author has written: which numbers are here, and which the author says could not be sent.</summary>
[UnsupportedOSPlatform("browser")]
internal sealed class AuthorChain
{
    private readonly Dictionary<long, string> _hashes = []; // of the first message here with each number
    private readonly HashSet<long> _skipped = [];
    private readonly HashSet<string> _followed = [];
    private readonly Dictionary<long, long> _absent = []; // below a number, how many are neither here nor skipped

    public AuthorChain(IEnumerable<HistoryEntry> written)
    {
        foreach (var entry in written)
        {
            _hashes.TryAdd(entry.Number, entry.Hash);
            _followed.Add(entry.Previous);
            for (var i = 1; i <= entry.Skipped; i++) _skipped.Add(entry.Number - i);
        }

        foreach (var (rank, number) in _hashes.Keys.Union(_skipped).Order().Index()) _absent[number] = number - rank;
    }

    /// <summary>Compares a message with the others of its author.</summary>
    /// <param name="highest">The highest number of this author above it; null where there is none.</param>
    public Findings Compare(HistoryEntry entry, long? highest, bool isWhole)
    {
        var before = entry.Number == entry.Skipped ? Enc2Content.None : _hashes.GetValueOrDefault(entry.Number - entry.Skipped - 1);
        var isSkipped = _skipped.Contains(entry.Number);
        var isTakenBack = isSkipped && _followed.Contains(entry.Hash);
        var isAnother = _hashes[entry.Number] != entry.Hash || (before is not null && before != entry.Previous);
        var found = isAnother || isTakenBack ? Findings.Changed : Findings.None;
        if (highest > entry.Number) found |= Findings.Late;
        if (isSkipped && !isTakenBack) found |= Findings.Skipped;
        if (highest is { } last) return _absent[entry.Number] > _absent[last] ? found | Findings.Missing : found;
        return isWhole && _absent[entry.Number] > 0 ? found | Findings.Faded : found;
    }
}
