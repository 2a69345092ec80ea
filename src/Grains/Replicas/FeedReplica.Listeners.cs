using Malten.Grains.Interfaces;
using Malten.Streams.Feeds;
using Malten.Streams.Limits;
using Malten.Streams.Listeners;
using Malten.Streams.Values;

namespace Malten.Grains.Replicas;

/// <content>The listeners of the gateway to the stream.</content>
internal sealed partial class FeedReplica
{
    private readonly PresenceBoard _board = new(time);
    private readonly Dictionary<string, Place> _places = []; // by session
    private bool _isReportDue;
    private bool _isReportAwaited;
    private GatewayListeners[] _elsewhere = []; // what the stream has told of the others

    public bool HasListeners => _board.Count > 0;

    public IReadOnlyList<string> Sessions
    {
        get { lock (Gate) return _board.Sessions; }
    }

    /// <summary>Each listener is told here when it leaves, wherever it listens.</summary>
    private void ExpectListeners(int before = 0) => Feed.Expect(Math.Max(before, AudienceSize));

    private int AudienceSize => NamesListeners ? _board.Count + _elsewhere.Sum(known => known.Listeners.Length) : 0;

    private bool NamesListeners => _stream is not null && (IsPipe || _stream.Settings.Keep == Retention.None);

    /// <summary>Adds a listener, to whom the replica's messages are counted until it leaves, if no other has come before.</summary>
    public void Join(FeedReader reader, Place place, UserLabel? user, int seat, Timestamp? last)
    {
        lock (Gate)
        {
            var crowd = _board.Join(reader.Session, reader.Listener, user, seat, reader.Client);
            _places[reader.Session] = place;
            Charge();
            reader.Hear(Feed, last, _stream is null || TimeLeft <= TimeSpan.Zero ? null : _stream.Settings.LifeOf(TimeLeft, time), crowd);
        }
    }

    /// <summary>Removes a listener; false when there is none of that session.</summary>
    public bool Leave(string session)
    {
        lock (Gate)
        {
            if (_places.Remove(session, out var place) && place == _payer) ChargeAnother();
            _places.TrimSpare();
            return _board.Leave(session);
        }
    }

    public bool SetStatus(string session, PresenceStatus status)
    {
        lock (Gate) return _board.SetStatus(session, status);
    }

    public NodePresence Here()
    {
        lock (Gate) return _board.Here(NamesListeners);
    }

    /// <summary>
    /// Whether so many listen here that each report of them is long, and they are told together of what changes soon after another.
    /// </summary>
    public bool IsCrowd
    {
        get { lock (Gate) return _board.CountHere > StreamLimits.ListenersNamed; }
    }

    /// <summary>Begins to wait with a report; false where that has begun already.</summary>
    public bool TryAwaitReport()
    {
        lock (Gate) return !Interlocked.Exchange(ref _isReportAwaited, true);
    }

    /// <summary>The report that was waited with is made now: what changes from here on is not in it.</summary>
    public void EndAwaitingReport()
    {
        lock (Gate) _isReportAwaited = false;
    }

    /// <summary>Whether the stream has to be told who listens here, since it names them from now on. True once.</summary>
    public bool TakeReportDue()
    {
        lock (Gate) return Interlocked.Exchange(ref _isReportDue, false);
    }
}
