using System.Text.Json.Serialization.Metadata;
using Malten.Streams.Life;

namespace Malten.Gateway.Lists;

/// <summary>
/// The public streams of one moment, the most recently used first; every list that is asked for is a part of it. Those that
/// come first are encoded once; the rest whenever somebody asks for them, so that they take no memory. Thread-safe.
/// </summary>
internal sealed class ListSnapshot
{
    private const int Kept = 1024; // as many as one list may have

    private readonly ListedStream[] _newest;
    private readonly ListedStream[] _first; // a list keeps these alive for as long as it is read, and none of the others
    private readonly Lazy<int[]> _byName; // where in _newest the streams are, ordered by their names; made for the first prefix

    /// <param name="newest">the streams, the most recently used first</param>
    /// <param name="type">how they are encoded</param>
    public ListSnapshot(IReadOnlyList<StreamListing> newest, JsonTypeInfo<OrderedDictionary<string, StreamListing>> type)
    {
        _newest = [.. newest.Select((listing, place) => new ListedStream(listing, type, place < Kept))];
        _first = _newest[..Math.Min(Kept, _newest.Length)];
        _byName = new Lazy<int[]>(OrderByName);
    }

    /// <summary>
    /// The streams most recently used among those whose names begin with <paramref name="prefix"/>, and always the one of
    /// exactly that name.
    /// </summary>
    public ArraySegment<ListedStream> Find(string prefix, int limit)
    {
        if (prefix.Length == 0) return new ArraySegment<ListedStream>(_first)[..Math.Min(limit, _first.Length)];
        var places = WithPrefix(prefix);
        if (places.Count <= limit) return Newest(places);
        return _newest[places[0]].Name == prefix // the shortest name comes first
            ? Newest(places[1..].Order().Take(limit - 1).Append(places[0]))
            : Newest(places.Order().Take(limit));
    }

    /// <summary>Keeps no JSON any longer, since whoever still reads one of its lists may do so slowly.</summary>
    public void Release()
    {
        foreach (var stream in _first) stream.Release();
    }

    private ListedStream[] Newest(IEnumerable<int> places) => [.. places.Order().Select(place => _newest[place])];

    private ArraySegment<int> WithPrefix(string prefix)
    {
        var first = FindFirst(name => string.CompareOrdinal(name, prefix) >= 0);
        var after = FindFirst(name => string.CompareOrdinal(name, 0, prefix, 0, prefix.Length) > 0);
        return new ArraySegment<int>(_byName.Value, first, after - first);
    }

    /// <summary>Where the names begin, in their order, for which a condition holds; it holds for all that follow.</summary>
    private int FindFirst(Func<string, bool> holds)
    {
        var (from, to) = (0, _byName.Value.Length);
        while (from < to)
        {
            var middle = (from + to) / 2;
            if (holds(_newest[_byName.Value[middle]].Name)) to = middle;
            else from = middle + 1;
        }

        return from;
    }

    private int[] OrderByName()
    {
        var names = Array.ConvertAll(_newest, stream => stream.Name);
        var places = Enumerable.Range(0, names.Length).ToArray();
        Array.Sort(names, places, StringComparer.Ordinal);
        return places;
    }
}
