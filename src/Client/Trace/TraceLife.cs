namespace Malten.Client;

/// <summary>
/// Whether servers are sure to hold nothing of what is said now, and when the stream ends unless somebody writes. Known only while
/// connected: a node may end and come back. Not safe for several threads.
/// </summary>
internal sealed class TraceLife(TimeProvider time)
{
    private static readonly TimeSpan DefaultTtl = TimeSpan.FromSeconds(1024);
    private static readonly TimeSpan LongestTtl = TimeSpan.FromDays(1);
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(5); // before its end, in which the stream counts as ended
    private static readonly TimeSpan Clocks = TimeSpan.FromMinutes(2); // by which two honest clocks may differ, those of two nodes too
    private static readonly TimeSpan Closing = TimeSpan.FromSeconds(1); // in which whoever stops listening may still say farewell

    private DateTimeOffset _holdsNothing; // until when
    private DateTimeOffset _closing; // what that was when listening stopped
    private long _closed;
    private TimeSpan _ahead; // the server's clock
    private int _doubts; // how often what was known was not sure any more
    private DateTimeOffset? _hears; // since when, without having missed anything

    /// <summary>How long it lives after its last message.</summary>
    public TimeSpan Ttl { get; private set; } = DefaultTtl;

    /// <summary>When it ends, by the server's clock; null where no stream is in use, as far as is known.</summary>
    public DateTimeOffset? Ends { get; private set; }

    /// <summary>The present by the server's clock.</summary>
    public DateTimeOffset Now => time.GetUtcNow() + _ahead;

    /// <summary>Whether a message may be posted at once.</summary>
    public bool IsSafe => Now + Margin < _holdsNothing;

    /// <summary>Whether a farewell may be posted: it must not begin a stream that a server holds.</summary>
    public bool MayLeave => IsSafe || (_closed != 0 && time.GetElapsedTime(_closed) < Closing && Now + Margin < _closing);

    /// <summary>A connection is open. False where the server holds the stream.</summary>
    /// <param name="at">When it was opened, by the node's clock.</param>
    /// <param name="read">When that was read here.</param>
    public bool Open(StreamLife? life, Timestamp at, DateTimeOffset read)
    {
        if (at != Timestamp.Beginning) _ahead = at.ToDateTimeOffset() - read;
        _hears = Now;
        AskAgain();
        Learn(life, isConnected: true);
        return life is null || life.Keep == 0;
    }

    /// <summary>A node has said what lives, when it was asked on a connection that is still open, or on none.</summary>
    public void Learn(StreamLife? life, bool isConnected)
    {
        if (life is not { Keep: 0, Ends: { } end }) return;
        (Ends, Ttl) = (end.ToDateTimeOffset(), life.Ttl < LongestTtl ? life.Ttl : LongestTtl);
        if (isConnected) _holdsNothing = Ends.Value;
    }

    /// <summary>It has begun, or is known to live, on a connection that is open or not.</summary>
    public void Begin(bool isConnected)
    {
        Extend(Now + Ttl);
        if (isConnected) _holdsNothing = Ends!.Value;
    }

    /// <summary>It lives, until an end that is not known.</summary>
    public void Live() => Extend(Now + Ttl);

    /// <summary>A message has come: the stream lives on as what it is.</summary>
    public void Live(Timestamp created)
    {
        var ends = created.ToDateTimeOffset() + Ttl;
        Extend(ends);
        if (_holdsNothing != default && ends > _holdsNothing) _holdsNothing = ends;
    }

    /// <summary>Something was missed, maybe the stream's end: nothing is sure any more.</summary>
    /// <returns>What puts things back where it is known to live.</returns>
    public Action Doubt()
    {
        var until = _holdsNothing;
        AskAgain();
        _hears = _hears is null ? null : Now;
        var doubts = _doubts;
        return () =>
        {
            if (doubts == _doubts && until > _holdsNothing) _holdsNothing = until;
        };
    }

    /// <summary>What was known of it is not sure any more: before the next message, a server is asked.</summary>
    public void AskAgain() => (_holdsNothing, _doubts) = (default, _doubts + 1);

    /// <summary>The connection is lost.</summary>
    public void HangUp()
    {
        AskAgain();
        _hears = null;
    }

    /// <summary>Whether a message can have such a date.</summary>
    public bool IsDate(Timestamp created) =>
        created.Nanoseconds > 0 && created.Nanoseconds % 1024 == 0 && created.ToDateTimeOffset() < Now + Clocks;

    /// <summary>Whether whatever was said then was heard here.</summary>
    public bool WasHeard(Timestamp created) =>
        _hears is { } since && created.ToDateTimeOffset() is var at && at > since + Clocks && at < Now - Clocks;

    /// <summary>Listening has stopped in good order: for a moment what was known still is.</summary>
    public void Close()
    {
        (_closing, _closed) = (_holdsNothing, time.GetTimestamp());
        HangUp();
    }

    /// <summary>The stream has ended.</summary>
    public void End()
    {
        Ends = null;
        AskAgain();
    }

    private void Extend(DateTimeOffset ends)
    {
        if (Ends is not { } known || ends > known) Ends = ends;
    }
}
