namespace Malten.Membership.Protocol;

/// <summary>
/// One seed's part of the register: the acceptor of CASPaxos (Rystsov, 2018), in memory only. It starts without memory
/// and takes no part until it recovers from other seeds or joins a new generation. Safe to call from any thread.
/// </summary>
internal sealed class Acceptor(int seed, int seeds, Func<Guid> newId)
{
    private readonly Lock _gate = new();
    private AcceptorState _state = AcceptorState.Forgotten(seed, seeds, newId());

    /// <summary>The current state.</summary>
    public AcceptorState State
    {
        get { lock (_gate) return _state; }
    }

    /// <summary>Grants or refuses a request.</summary>
    public Reply Handle(Request request)
    {
        lock (_gate)
        {
            var granted = request switch
            {
                Query => _state.Generation is not null,
                Prepare prepare => Promise(prepare),
                Accept accept => AcceptEntry(accept),
                Recover recover => NoteRecovery(recover),
                FoundGeneration found => Begin(found),
                _ => false,
            };
            var state = request is Accept or FoundGeneration ? _state with { Entry = Entry.Empty } : _state;
            return new Reply(granted, state);
        }
    }

    /// <summary>Restores the memory from the replies of other seeds.</summary>
    /// <returns>Whether it did: false if this incarnation is over or already takes part.</returns>
    public bool Restore(Incarnation incarnation, IReadOnlyList<Reply> quorum)
    {
        lock (_gate)
        {
            if (_state.Generation is not null || _state.Incarnation != incarnation) return false;
            var newest = quorum.MaxBy(reply => reply.State.Accepted)!.State;
            _state = _state with
            {
                Generation = newest.Generation,
                Promise = quorum.Max(reply => reply.State.Promise),
                Accepted = newest.Accepted,
                Entry = newest.Entry,
                Known =
                [
                    .. Enumerable.Range(0, seeds).Select(one =>
                        one == seed ? incarnation : quorum.Max(reply => reply.State.Known[one])),
                ],
            };
            return true;
        }
    }

    /// <summary>
    /// Raises the incarnation's number above <paramref name="earlier"/>, which belongs to an earlier life of this seed
    /// or to another process in its place.
    /// </summary>
    /// <returns>Whether it had to.</returns>
    public bool Outgrow(Incarnation earlier)
    {
        lock (_gate)
        {
            if (_state.Generation is not null || earlier <= _state.Incarnation) return false;
            _state = _state with { Incarnation = new Incarnation(earlier.Number + 1, _state.Incarnation.Id) };
            return true;
        }
    }

    /// <summary>Discards the memory, as a crash would, unless this incarnation is already over.</summary>
    public bool Forget(Incarnation incarnation)
    {
        lock (_gate)
        {
            if (_state.Incarnation != incarnation) return false;
            _state = AcceptorState.Forgotten(seed, seeds, newId());
            return true;
        }
    }

    private bool Promise(Prepare prepare)
    {
        if (_state.Generation is null || prepare.Ballot < _state.Promise) return false;
        _state = _state with { Promise = prepare.Ballot };
        return true;
    }

    private bool AcceptEntry(Accept accept)
    {
        if (_state.Generation != accept.Generation || accept.Ballot < _state.Promise) return false;
        _state = _state with { Promise = accept.Ballot, Accepted = accept.Ballot, Entry = accept.Entry };
        return true;
    }

    private bool NoteRecovery(Recover recover)
    {
        if (_state.Generation is null || recover.Seed == seed) return false;
        if (recover.Seed < 0 || recover.Seed >= seeds || recover.Incarnation < _state.Known[recover.Seed]) return false;
        _state = _state with { Known = _state.Known.SetItem(recover.Seed, recover.Incarnation) };
        return true;
    }

    private bool Begin(FoundGeneration found)
    {
        if (found.Founders.Length != seeds || found.Founders[seed] != _state.Incarnation) return false;
        if (_state.Generation is not null) return _state.Generation == found.Generation;
        _state = _state with { Generation = found.Generation, Known = found.Founders };
        return true;
    }
}
