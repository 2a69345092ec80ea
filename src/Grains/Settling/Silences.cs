using System.Collections.Concurrent;

namespace Malten.Grains.Settling;

/// <summary>
/// The silos that do not answer this one, or have no lease, though others answer. Where only the way between two silos is
/// broken, a third one vouches for both, so there never are two votes against either (Orleans documentation, "Cluster
/// management"); and whoever reaches its peers but not the table answers their probes, and refuses posts. The streams of
/// both would take no posts for as long as that lasts. After <see cref="Longest"/> one vote is enough.
/// </summary>
internal sealed class Silences(TimeProvider time)
{
    /// <summary>How long a silo may be silent. Two votes, where there are two, take less than half of it.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(8);

    // A silo that was paused has a long time behind it, but few looks.
    private const int LeastLooks = 8;

    // A look at a silent silo takes almost a second, and its host may be busy.
    private static readonly TimeSpan Recently = TimeSpan.FromSeconds(3);

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
    /// A silo has not answered. True when it has been silent for too long, and others have answered all the while, so that
    /// the fault is neither this silo's own nor everybody's.
    /// </summary>
    public bool IsTooLong(SiloAddress silo)
    {
        var othersAnswer = Volatile.Read(ref _answered) is var answered and not long.MinValue && time.GetElapsedTime(answered) < Recently;
        var silence = _silent.AddOrUpdate(silo, _ => new Silence(time.GetTimestamp(), 1),
            (_, known) => othersAnswer ? known with { Looks = known.Looks + 1 } : new Silence(time.GetTimestamp(), 1));
        return silence.Looks >= LeastLooks && time.GetElapsedTime(silence.Since) >= Longest;
    }

    private sealed record Silence(long Since, int Looks);
}
