namespace Malten.Client;

/// <summary>
/// What listeners may make this participant do in a minute: a frame, or a signature, is 1. Each has its share. What proved worthless is
/// counted over all of them as well, and once they have used that up, those are not heard who had more than a fair share in it: so
/// however many send rubbish, whoever sends none is heard. Not safe for several threads.
/// </summary>
internal sealed class TraceBudget(TimeProvider time)
{
    private const int Each = 2048;
    private const int All = 8192; // of what is worthless
    private const int MostRemembered = 4096; // listeners

    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly Dictionary<string, int> _spent = [];
    private readonly Dictionary<string, int> _wasted = [];
    private int _all;
    private bool _hasRefused;
    private long _since = time.GetTimestamp();

    /// <summary>Charges a listener. False when it can't pay any more.</summary>
    public bool Pays(string listener, int cost)
    {
        var spent = _spent[listener] = _spent.GetValueOrDefault(listener) + cost;
        var pays = spent < Each && (_all < All || _wasted.GetValueOrDefault(listener) <= All / _wasted.Count);
        _hasRefused |= !pays;
        return pays;
    }

    /// <summary>Charges a listener for what proved worthless.</summary>
    public void Waste(string listener, int cost)
    {
        _spent[listener] = _spent.GetValueOrDefault(listener) + cost;
        _wasted[listener] = _wasted.GetValueOrDefault(listener) + cost;
        _all += cost;
    }

    /// <summary>Begins the next minute, if it is time. True where something was not heard in the last one.</summary>
    public bool Renew()
    {
        if (time.GetElapsedTime(_since) < Minute && _spent.Count <= MostRemembered) return false;
        var hasRefused = _hasRefused;
        Clear();
        return hasRefused;
    }

    public void Clear()
    {
        _spent.Clear();
        _wasted.Clear();
        (_all, _hasRefused, _since) = (0, false, time.GetTimestamp());
    }
}

/// <summary>Lets something happen so often: at once as long as some are saved up, and then evenly. Not safe for several threads.</summary>
/// <param name="most">How many can be saved up.</param>
/// <param name="every">The time in which one more is saved.</param>
internal sealed class TracePace(TimeProvider time, int most, TimeSpan every)
{
    private double _saved = most;
    private long _looked = time.GetTimestamp();

    /// <summary>How long until it may happen; nothing where it may now.</summary>
    public TimeSpan Wait
    {
        get
        {
            var now = time.GetTimestamp();
            (_saved, _looked) = (Math.Min(most, _saved + time.GetElapsedTime(_looked, now) / every), now);
            return _saved >= 1 ? TimeSpan.Zero : (1 - _saved) * every;
        }
    }

    /// <summary>It happens.</summary>
    public void Take() => _saved--;
}
