namespace Malten.Client.Encryption;

/// <summary>This side's texts: how many there are, and which of them have arrived by the other side's word.</summary>
internal sealed class PipeWritings
{
    private const int MostSkipped = 255; // that one message can tell

    private uint _newest;
    private IReadOnlyList<uint> _missing = [];

    public uint Number { get; private set; }

    /// <summary>How many of the last were given up, and the other side was not told yet.</summary>
    public int Skipped { get; private set; }

    /// <summary>What stands in one more text.</summary>
    public (uint Number, int Skipped) Next()
    {
        var next = (++Number, Skipped);
        Skipped = 0;
        return next;
    }

    /// <summary>The last text will not be sent.</summary>
    /// <param name="skipped">As it stands in that text.</param>
    public void GiveUp(int skipped) => Skipped = Math.Min(skipped + 1, MostSkipped);

    /// <summary>Whether the other side's word says more than was known.</summary>
    public bool Acknowledge(uint newest, IReadOnlyList<uint> missing)
    {
        var isMore = newest <= Number && (newest > _newest || (newest == _newest && missing.Count < _missing.Count));
        if (isMore) (_newest, _missing) = (newest, missing);
        return isMore;
    }

    public bool HasArrived(uint number) => number <= _newest && !_missing.Contains(number);

    /// <summary>How many had not arrived when the other side wrote that.</summary>
    public long MissingIn(uint newest, IReadOnlyList<uint> missing) => (long)Number - Skipped - newest + missing.Count;
}
