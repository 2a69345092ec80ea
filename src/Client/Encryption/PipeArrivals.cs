namespace Malten.Client.Encryption;

/// <summary>The numbers of the other side's texts: which have arrived, which it could not send, and which are missing.</summary>
internal sealed class PipeArrivals
{
    private readonly HashSet<uint> _arrived = [];
    private readonly HashSet<uint> _skipped = [];
    private uint _settled; // up to which all have arrived or were skipped

    /// <summary>The highest number that the other side has told.</summary>
    public uint Newest { get; private set; }

    /// <summary>Whether the other side says that it could not send a text.</summary>
    public bool IsSkipped(uint number) => _skipped.Contains(number);

    /// <summary>A text has come. Says how many before it are missing, each told once, and whether it comes after a later one.</summary>
    public (long Missing, bool IsLate) Take(uint number, int skipped)
    {
        var isLate = number <= Newest;
        var missing = Miss(number - 1, skipped);
        _arrived.Add(number);
        Newest = Math.Max(Newest, number);
        return (missing, isLate);
    }

    /// <summary>The other side has written up to a number. Says how many did not arrive, each told once.</summary>
    public long Miss(uint number, int skipped)
    {
        for (var last = number; last > 0 && last > (long)number - skipped; last--) _skipped.Add(last);
        var told = _arrived.Union(_skipped).Count(one => one > Newest && one <= number);
        var missing = (long)number - Newest - told;
        Newest = Math.Max(Newest, number);
        return Math.Max(0, missing);
    }

    /// <summary>What to acknowledge: all up to <c>Newest</c> but for those in <c>Missing</c>. What can't be listed is not claimed.</summary>
    public (uint Newest, IReadOnlyList<uint> Missing) Received()
    {
        while (_settled < Newest && IsHere(_settled + 1)) _settled++;
        var missing = new List<uint>();
        for (var number = _settled + 1; number <= Newest; number++)
        {
            if (IsHere(number)) continue;
            if (missing.Count == PipeContent.MostMissing) return (number - 1, missing);
            missing.Add(number);
        }

        return (Newest, missing);
    }

    private bool IsHere(uint number) => _arrived.Contains(number) || _skipped.Contains(number);
}
