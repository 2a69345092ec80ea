namespace Malten.Bench.Load.Checks;

/// <summary>
/// Checks what one listener received: every message of every publisher once, those of each publisher in sequence, and
/// all of them in the order in which every other listener received them.
/// </summary>
internal sealed class SequenceCheck(int publishers, OrderReference order)
{
    private readonly long[] _next = new long[publishers];
    private readonly List<SequenceRange> _missing = [];
    private bool _comparable = true;

    /// <summary>Messages received, repeated ones included.</summary>
    public long Received { get; private set; }

    public long Repeated { get; private set; }

    /// <summary>Messages that came after a later one of the same publisher.</summary>
    public long OutOfOrder { get; private set; }

    /// <summary>Messages that were skipped and have not come yet.</summary>
    public long Skipped { get; private set; }

    /// <summary>How many messages this listener no longer waits for, because it received or skipped them.</summary>
    public long Passed => Received - Repeated + Skipped;

    /// <summary>Whether another listener saw a different order; compared up to the first loss.</summary>
    public bool Differs { get; private set; }

    /// <summary>The hash of all received messages; null after a loss.</summary>
    public long? Hash => _comparable ? _hash : null;

    private long _hash;

    public void Add(long key)
    {
        Received++;
        var (publisher, sequence) = MessageText.Split(key);
        ref var next = ref _next[publisher];
        if (sequence == next) next++;
        else AddUnexpected(publisher, sequence, ref next);

        _hash = OrderReference.Combine(_hash, key);
        if (Received % OrderReference.Interval == 0 && _comparable && !order.Agrees(Received, _hash)) Differs = true;
    }

    /// <summary>How many posted messages have not come, including those at the end.</summary>
    public long Lost(ReadOnlySpan<long> posted)
    {
        var lost = Skipped;
        for (var i = 0; i < posted.Length; i++) lost += posted[i] - _next[i];
        return lost;
    }

    private void AddUnexpected(int publisher, long sequence, ref long next)
    {
        _comparable = false;
        if (sequence > next)
        {
            _missing.Add(new SequenceRange(publisher, next, sequence));
            Skipped += sequence - next;
            next = sequence + 1;
            return;
        }

        var index = _missing.FindIndex(range => range.Contains(publisher, sequence));
        if (index < 0)
        {
            Repeated++;
            return;
        }

        OutOfOrder++;
        Skipped--;
        var late = _missing[index];
        _missing.RemoveAt(index);
        if (sequence > late.First) _missing.Add(late with { Next = sequence });
        if (sequence + 1 < late.Next) _missing.Add(late with { First = sequence + 1 });
    }
}
