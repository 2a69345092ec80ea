namespace Malten.Client;

/// <summary>
/// What listeners may make this participant do in a minute: a frame, or a signature, is 1. Each has its share; once all together have
/// used up theirs, only those who have cost little are heard. Not safe for several threads.
/// </summary>
internal sealed class TraceBudget(TimeProvider time)
{
    private const int Each = 2048;
    private const int All = 8192;
    private const int Little = 64;
    private const int MostRemembered = 4096; // listeners

    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly Dictionary<string, int> _spent = [];
    private int _all;
    private long _since = time.GetTimestamp();

    /// <summary>Charges a listener. False when it can't pay any more.</summary>
    public bool Pays(string listener, int cost)
    {
        if (time.GetElapsedTime(_since) >= Minute || _spent.Count > MostRemembered) Clear();
        var spent = _spent[listener] = _spent.GetValueOrDefault(listener) + cost;
        if (spent >= Each) return false;
        _all += cost;
        return _all < All || spent <= Little;
    }

    public void Clear()
    {
        _spent.Clear();
        (_all, _since) = (0, time.GetTimestamp());
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
