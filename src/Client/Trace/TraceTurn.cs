namespace Malten.Client;

/// <summary>
/// What one listener is told on this connection, one frame after another: a question, and what is handed over. Not safe for several
/// threads.
/// </summary>
/// <param name="to">The listener.</param>
internal sealed class TraceTurn(string to)
{
    private byte[]? _question;
    private IEnumerator<TraceHanded>? _rest;
    private TraceHanded? _handing;
    private uint? _taken; // the highest number of this author that was handed over

    public string To => to;

    /// <summary>Whether a frame is on its way to it.</summary>
    public bool IsUnderWay { get; set; }

    /// <summary>What was said to all that it has to have heard before.</summary>
    public long After { get; private set; }

    /// <summary>How many frames of messages it has been handed.</summary>
    public int Handed { get; private set; }

    public TraceRetry Retry { get; } = new();

    public bool IsIdle => Next is null && !IsUnderWay;

    /// <summary>The frame that comes next; null for none.</summary>
    public byte[]? Next => _question ?? _handing?.Frame;

    /// <summary>What the next frame costs: nothing where it hands over no messages.</summary>
    public (bool IsHanded, bool IsAgain) Cost => _question is null && _handing?.Number is { } number ? (true, number <= _taken) : default;

    /// <summary>Asks it for something; what it was to be asked before is not asked any more.</summary>
    public void Ask(byte[] question) => _question = question;

    /// <summary>Hands over, unless it is still being handed what it asked for before.</summary>
    public void HandOver(IEnumerable<TraceHanded> frames, long after)
    {
        if (_rest is not null) return;
        (_rest, After) = (frames.GetEnumerator(), after);
        Advance();
    }

    /// <summary>A frame was said.</summary>
    public void Done(byte[] frame)
    {
        Retry.Reset();
        if (ReferenceEquals(frame, _question)) _question = null;
        if (!ReferenceEquals(frame, _handing?.Frame)) return;
        if (_handing.Number is { } number) (_taken, Handed) = (Math.Max(number, _taken ?? 0), Handed + 1);
        Advance();
    }

    /// <summary>It is told nothing more of this: whoever lacks something asks again.</summary>
    public void GiveUp()
    {
        Retry.Reset();
        (_question, _handing, _rest) = (null, null, null);
    }

    private void Advance()
    {
        if (_rest!.MoveNext()) _handing = _rest.Current;
        else (_handing, _rest) = (null, null);
    }
}

/// <summary>A frame of what is handed over.</summary>
/// <param name="Number">The highest number of a message in it; null where it has none.</param>
internal sealed record TraceHanded(byte[] Frame, uint? Number);

/// <summary>When something that was refused may be said again. Not safe for several threads.</summary>
internal sealed class TraceRetry
{
    private const int Patience = 10; // attempts

    private long _since;
    private TimeSpan _wait;
    private int _refused;

    /// <summary>How long until it may be said.</summary>
    public TimeSpan WaitFrom(TimeProvider time) => _refused == 0 ? TimeSpan.Zero : _wait - time.GetElapsedTime(_since);

    /// <summary>It was refused. False when it is to be given up.</summary>
    public bool Refuse(TimeSpan wait, TimeProvider time)
    {
        (_since, _wait) = (time.GetTimestamp(), wait);
        return ++_refused < Patience;
    }

    public void Reset() => _refused = 0;
}
