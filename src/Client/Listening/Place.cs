using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace Malten.Client;

/// <summary>Where a listener stands in its streams: from where it resumes, and what it has heard already.</summary>
internal sealed class Place
{
    private const long Never = -1;

    private readonly string[] _streams;
    private readonly long[] _last; // by stream; 0 is the beginning
    private readonly long[] _ended; // where a stream was when it ended
    private readonly RecentMessages[] _recent; // by stream, so that a busy one makes none of another forgotten; then that of names never asked for
    private bool _isResuming;

    /// <param name="after">Null to hear what comes from now on.</param>
    /// <exception cref="ArgumentException">The cursor is for another number of streams.</exception>
    public Place(IReadOnlyList<string> streams, Cursor? after)
    {
        if (after is not null && after.Timestamps.Count != 1 && after.Timestamps.Count != streams.Count)
            throw new ArgumentException("A cursor has one timestamp for all streams, or one for each in their order.", nameof(after));
        (_streams, _recent) = ([.. streams], [.. Enumerable.Range(0, streams.Count + 1).Select(_ => new RecentMessages())]);
        _last = [.. streams.Select((_, i) => after is null ? 0 : after.Timestamps[after.Timestamps.Count == 1 ? 0 : i].Nanoseconds)];
        _ended = [.. streams.Select(_ => Never)];
        IsKnown = _isResuming = after is not null;
    }

    /// <summary>Whether it is known from where to resume.</summary>
    public bool IsKnown { get; private set; }

    /// <summary>The cursor to ask for; null for the first attempt of a listener that hears what comes from now on.</summary>
    public string? Cursor => _isResuming ? string.Join(',', _last) : null;

    /// <summary>Whether all streams have ended.</summary>
    public bool HasEnded => _ended.Zip(_last).All(stream => stream.First != Never && stream.Second == 0);

    /// <summary>
    /// Sets the newest message of each stream before the first connection: from there the listener resumes where it has heard no
    /// message, so that a connection that breaks early leaves no hole.
    /// </summary>
    public void Begin(IReadOnlyList<Timestamp> newest)
    {
        for (var i = 0; i < _last.Length; i++) _last[i] = newest[i].Nanoseconds;
        IsKnown = true;
    }

    /// <summary>
    /// An attempt is over, whether a node listened or not: if it is known from where, the next one resumes, so that nothing is missed
    /// that is said meanwhile.
    /// </summary>
    public void Leave() => _isResuming = IsKnown;

    /// <summary>Moves on to an event. False for one that nobody is to hear: of a kind that is not known, or heard already.</summary>
    /// <param name="item">What it is; null for a kind that this version does not know.</param>
    /// <param name="id">Its <c>id:</c>; null when it has none.</param>
    /// <exception cref="JsonException">Its id is no cursor of these streams.</exception>
    public bool Take([NotNullWhen(true)] StreamItem? item, string? id)
    {
        if (id is not null) Move(id);
        switch (item)
        {
            case Message message:
                var stream = Array.IndexOf(_streams, message.Stream);
                return _recent[stream < 0 ? ^1 : stream].Add(message); // after a gap, a node sends again all that it holds
            case Expired expired when Array.IndexOf(_streams, expired.Stream) is >= 0 and var i:
                (_ended[i], _last[i]) = (_last[i], 0); // whatever a later stream of that name brings is new
                return true;
            default:
                return item is not null;
        }
    }

    private void Move(string id)
    {
        var parts = id.Split(',');
        if (parts.Length != _last.Length) throw new JsonException("An id is no cursor of these streams.");
        foreach (var (i, part) in parts.Index())
        {
            if (!Timestamp.TryParse(part, null, out var last)) throw new JsonException("An id is no cursor.");
            _last[i] = last.Nanoseconds == _ended[i] ? 0 : last.Nanoseconds; // an id of several streams still names those that ended
        }
    }
}
