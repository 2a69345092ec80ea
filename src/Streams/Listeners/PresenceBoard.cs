using Malten.Streams.Values;

namespace Malten.Streams.Listeners;

/// <summary>
/// The listeners of one stream: those of this node, and those that other nodes report. Not thread-safe: its owner locks.
/// </summary>
public sealed class PresenceBoard(TimeProvider time)
{
    private Dictionary<string, LinkedListNode<Attendance>>? _here; // each in the list of its crowd
    private Crowds? _crowds;
    private Dictionary<string, NodePresence>? _elsewhere;
    private int _followed;
    private long _joined; // the number of whoever came last, above that of every report before
    private Presence? _allHere; // as it was told last, until somebody comes, goes or changes
    private Presence? _all;
    private bool _allNamed;
    private long _reports = time.GetTimestamp(); // above the numbers of an earlier board for the same stream

    private IEnumerable<Attendance> AllHere => _here?.Values.Select(one => one.Value) ?? [];

    /// <summary>How often what other nodes report of public handles has changed.</summary>
    public long ChangesElsewhere { get; private set; }

    /// <summary>How many connections listen, here and elsewhere.</summary>
    public int Count => CountHere + (_elsewhere?.Values.Sum(node => node.Presence.Observers) ?? 0);

    /// <summary>How many connections of this node listen.</summary>
    public int CountHere => _here?.Count ?? 0;

    /// <summary>How many listen from a seat of a pipe, 0 or 1, here and elsewhere.</summary>
    public int CountAt(int seat) => AllHere.Count(one => one.Seat == seat)
        + (_elsewhere?.Values.Sum(node => seat == 0 ? node.AtFirstSeat : node.AtSecondSeat) ?? 0);

    /// <summary>The sessions of the connections of this node.</summary>
    public IReadOnlyList<string> Sessions => _here is null ? [] : [.. _here.Keys];

    /// <summary>The audiences that have listeners, here or elsewhere.</summary>
    public Audience Audience => Audiences.All.Where(audience => CountIn(audience) > 0).Aggregate(Audience.Nobody, (all, one) => all | one);

    /// <summary>How many listen in one audience, here and elsewhere.</summary>
    public int CountIn(Audience audience) => (_crowds?.CountIn(audience) ?? 0) + (_elsewhere?.Values.Sum(node => audience == Audience.Few
        ? node.Presence.Observers - node.Crowds.Values.Sum()
        : node.Crowds.GetValueOrDefault(audience)) ?? 0);

    /// <summary>Whether a connection of this node listens without a seat.</summary>
    public bool HasListenersWithoutSeat => AllHere.Any(one => one.Seat < 0);

    /// <summary>Adds a connection of this node, and returns those of its client.</summary>
    public Crowd Join(string session, string listener, UserLabel? user, int seat, ClientKey client = default)
    {
        Change();
        var isFollowed = _followed < StreamLimits.ListenersFollowed;
        var crowd = (_crowds ??= new Crowds()).Enter(client);
        (_here ??= []).Add(session, crowd.Listeners.AddLast(new Attendance(listener, user, PresenceStatus.Online, seat, isFollowed, crowd)));
        if (isFollowed) _followed++;
        _joined = ++_reports;
        return crowd;
    }

    /// <summary>Removes a connection of this node; false when there is none of that session.</summary>
    public bool Leave(string session)
    {
        if (_here?.Remove(session, out var one) != true) return false;
        Change();
        var crowd = one!.Value.Crowd;
        crowd.Listeners.Remove(one);
        _crowds!.Leave(crowd);
        if (one.Value.IsFollowed) _followed--;
        if (_here.Count == 0) (_here, _crowds) = (null, null);
        _here?.TrimSpare();
        return true;
    }

    /// <summary>Changes the status of a connection's user; true when that changed what others see.</summary>
    public bool SetStatus(string session, PresenceStatus status)
    {
        if (_here?.GetValueOrDefault(session) is not { } one || one.Value.Status == status) return false;
        Change();
        one.Value = one.Value with { Status = status };
        return one.Value.User is not null;
    }

    /// <summary>Takes a node's report, null when it has no listeners left; true when that changed what others see.</summary>
    public bool Report(string node, NodePresence? presence)
    {
        var known = _elsewhere?.GetValueOrDefault(node) ?? new NodePresence(Presence.Nobody);
        if (presence?.Number < known.Number) return false;
        _all = null;
        if (presence is null) _elsewhere?.Remove(node);
        else (_elsewhere ??= [])[node] = presence;
        var now = presence?.Presence ?? Presence.Nobody;
        var isSame = (known.Presence.Listeners ?? []).SequenceEqual(now.Listeners ?? []);
        if (!isSame) ChangesElsewhere++;
        return !isSame || known.Joined != (presence?.Joined ?? 0)
            || known.Presence.Observers != now.Observers || !known.Presence.Users.SequenceEqual(now.Users);
    }

    /// <summary>Counts a connection that is about to listen on another node, until that node's next report includes it.</summary>
    public void Admit(string node, int seat)
    {
        var known = _elsewhere?.GetValueOrDefault(node) ?? new NodePresence(Presence.Nobody);
        (_elsewhere ??= [])[node] = seat == 0
            ? known with { AtFirstSeat = known.AtFirstSeat + 1 }
            : known with { AtSecondSeat = known.AtSecondSeat + 1 };
    }

    /// <summary>The public handle of a connection of this node; null when there is none of that session.</summary>
    public string? ListenerOf(string session) => _here?.GetValueOrDefault(session)?.Value.Listener;

    /// <summary>The public handles that a node has reported.</summary>
    public IReadOnlyList<string> ListenersAt(string node) => _elsewhere?.GetValueOrDefault(node)?.Presence.Listeners ?? [];

    /// <summary>The nodes that have reported public handles, with these.</summary>
    public IEnumerable<(string Node, IReadOnlyList<string> Listeners)> Elsewhere => (_elsewhere ?? [])
        .Where(node => node.Value.Presence.Listeners is not null).Select(node => (node.Key, node.Value.Presence.Listeners!));

    /// <summary>
    /// The listeners of this node, as the next of its reports; with the handles of at most 1024 of them where the stream
    /// <paramref name="names"/> its listeners. They stay the same for as long as they listen: whose handle is missing has left.
    /// </summary>
    public NodePresence Here(bool names = false) => new(SnapshotHere() with
    {
        Listeners = names ? [.. HandlesInTurns(one => one.IsFollowed)] : null,
    }, CountAt(0), CountAt(1), ++_reports)
    {
        Joined = _joined,
        Crowds = Audiences.All.Where(audience => audience != Audience.Few)
            .Select(audience => (Audience: audience, Count: _crowds?.CountIn(audience) ?? 0))
            .Where(crowd => crowd.Count > 0).ToDictionary(crowd => crowd.Audience, crowd => crowd.Count),
    };

    /// <summary>
    /// The listeners, here and elsewhere; with handles where the stream <paramref name="names"/> them. All are gone through once
    /// after each change, however often it is asked.
    /// </summary>
    public Presence Snapshot(bool names = false)
    {
        if (_all is not null && _allNamed == names) return _all;
        _allNamed = names;
        return _all = (_elsewhere is null
            ? SnapshotHere()
            : Presence.Sum([SnapshotHere(), .. _elsewhere.Values.Select(node => node.Presence)])) with
        {
            Listeners = !names ? null : [.. RoundRobin.Of([HandlesInTurns(_ => true), .. Elsewhere.Select(node => node.Listeners)])
                .Select(one => one.Item).Take(StreamLimits.ListenersNamed)],
        };
    }

    private Presence SnapshotHere() => _allHere ??= new Presence(CountHere, Presence.Name(
        InTurns(one => one.User is not null, one => ((object)one.Crowd, one.User!.Value.Value)), _crowds?.All.Count > 1, Users()));

    private IEnumerable<(string Label, PresenceStatus Status)> Users()
    {
        if (_here is null) yield break;
        foreach (var (_, one) in _here)
            if (one.Value is { User: { } user, Status: var status })
                yield return (user.Value, status);
    }

    private IEnumerable<string> HandlesInTurns(Func<Attendance, bool> isMeant) => InTurns(isMeant, one => one.Listener);

    /// <summary>Something of those listeners of this node that are meant; the clients take turns.</summary>
    private IEnumerable<T> InTurns<T>(Func<Attendance, bool> isMeant, Func<Attendance, T> something)
    {
        return RoundRobin.Of(Firsts(), one => Meant(one.Next)).Select(one => something(one.Value));

        IEnumerable<LinkedListNode<Attendance>> Firsts()
        {
            foreach (var crowd in _crowds?.All ?? [])
                if (Meant(crowd.Listeners.First) is { } first)
                    yield return first;
        }

        LinkedListNode<Attendance>? Meant(LinkedListNode<Attendance>? one)
        {
            while (one is not null && !isMeant(one.Value)) one = one.Next;
            return one;
        }
    }

    private void Change() => (_allHere, _all) = (null, null);
}
