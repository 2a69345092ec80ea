using System.Collections.Concurrent;

namespace Malten.Grains.Settling;

/// <summary>
/// The silos that do not answer this one, though others do. Where only the way between two silos is broken, a third one
/// vouches for both, so there never are two votes against either (Orleans documentation, "Cluster management"), and streams
/// that both hold would take no posts for as long as that lasts. After <see cref="Longest"/> one vote is enough.
/// </summary>
internal sealed class Silences(TimeProvider time)
{
    /// <summary>How long a silo may be silent. Two votes, where there are two, take less than half of it.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(8);

    // A silo that was paused has a long time behind it, but few looks.
    private const int LeastLooks = 8;

    private static readonly TimeSpan Recently = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<SiloAddress, Silence> _silent = new();
    private long _answered = long.MinValue;

    /// <summary>Those that did not answer when they were asked last.</summary>
    public ICollection<SiloAddress> Silent => _silent.Keys;

    /// <summary>A silo has answered, or is none any more.</summary>
    public void End(SiloAddress silo, bool hasAnswered)
    {
        _silent.TryRemove(silo, out _);
        if (hasAnswered) Volatile.Write(ref _answered, time.GetTimestamp());
    }

    /// <summary>
    /// A silo has not answered. True when it has been silent for too long, and another one has answered a moment ago, so
    /// that the fault is not this silo's own.
    /// </summary>
    public bool IsTooLong(SiloAddress silo)
    {
        var silence = _silent.AddOrUpdate(silo, _ => new Silence(time.GetTimestamp(), 1), (_, known) => known with { Looks = known.Looks + 1 });
        return silence.Looks >= LeastLooks && time.GetElapsedTime(silence.Since) >= Longest
            && Volatile.Read(ref _answered) is var answered and not long.MinValue && time.GetElapsedTime(answered) < Recently;
    }

    private sealed record Silence(long Since, int Looks);
}
