namespace Malten.Membership;

/// <summary>
/// One seed's part of the register: the acceptor of CASPaxos (Rystsov, 2018), in memory only. It begins without memory
/// and takes no part until it is restored from others or helps to found a generation. Safe to call from any thread.
/// </summary>
internal sealed class Acceptor(int seed, int seeds, Func<Guid> newId)
{
    private readonly Lock _gate = new();
    private AcceptorState _state = AcceptorState.Forgotten(seed, seeds, newId());

    /// <summary>The state now. Only a test of the tests sets it.</summary>
    public AcceptorState State
    {
        get { lock (_gate) return _state; }
        internal set { lock (_gate) _state = value; }
    }

    public Reply Handle(Request request)
    {
        lock (_gate)
        {
            var granted = request switch
            {
                Query => _state.Generation is not null,
                Prepare prepare => Promise(prepare),
                Accept accept => Take(accept),
                Recover recover => Register(recover),
                Found found => Begin(found),
                _ => false,
            };
            return new Reply(granted, request is Accept or Found ? _state with { Entry = Entry.Empty } : _state);
        }
    }

    /// <summary>Ends the recovery with what the others remember, unless it has ended otherwise.</summary>
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

    /// <summary>Takes a number above one that an earlier life of this seed, or another process in its place, had.</summary>
    public bool Outgrow(Incarnation earlier)
    {
        lock (_gate)
        {
            if (_state.Generation is not null || earlier <= _state.Incarnation) return false;
            _state = _state with { Incarnation = new Incarnation(earlier.Number + 1, _state.Incarnation.Id) };
            return true;
        }
    }

    /// <summary>Forgets everything, as a crash would, unless this life has already ended.</summary>
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

    private bool Take(Accept accept)
    {
        if (_state.Generation != accept.Generation || accept.Ballot < _state.Promise) return false;
        _state = _state with { Promise = accept.Ballot, Accepted = accept.Ballot, Entry = accept.Entry };
        return true;
    }

    private bool Register(Recover recover)
    {
        if (_state.Generation is null || recover.Seed == seed || recover.Seed < 0 || recover.Seed >= seeds) return false;
        if (recover.Incarnation < _state.Known[recover.Seed]) return false;
        _state = _state with { Known = _state.Known.SetItem(recover.Seed, recover.Incarnation) };
        return true;
    }

    private bool Begin(Found found)
    {
        if (found.Founders.Length != seeds || found.Founders[seed] != _state.Incarnation) return false;
        if (_state.Generation is not null) return _state.Generation == found.Generation;
        _state = _state with { Generation = found.Generation, Known = found.Founders };
        return true;
    }
}
