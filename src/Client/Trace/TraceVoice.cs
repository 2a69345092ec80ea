using System.Runtime.Versioning;
using Malten.Client.Encryption;

namespace Malten.Client;

/// <summary>
/// Says frames by signals, in the background. What is said to all has a line of its own; what is handed over goes in turns, one frame
/// at a time to each listener, first to those who have been handed least, and no more than the pace allows. A listener for whom too
/// much waits is tried again later, and holds up nobody else.
/// </summary>
[UnsupportedOSPlatform("browser")]
internal sealed class TraceVoice(MaltenClient client, Enc2Keys keys, TraceFrames frames, TimeProvider time)
{
    private const int Lanes = 4; // listeners that are told something at once
    private const int MostAloud = 256;
    private const int MostTurns = 1024;
    private const int Saved = 1024; // frames to hand over at once
    private const int SavedAgain = 128; // of those that were handed over before

    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1) / 32;
    private static readonly TimeSpan EveryAgain = TimeSpan.FromSeconds(1) / 8;
    private static readonly TimeSpan Busy = TimeSpan.FromSeconds(1); // where the server does not say how long to wait

    private readonly Lock _gate = new();
    private readonly Queue<(byte[] Frame, TaskCompletionSource Said)> _aloud = [];
    private readonly TraceRetry _aloudAgain = new();
    private readonly Dictionary<string, TraceTurn> _turns = [];
    private readonly TracePace _pace = new(time, Saved, Every);
    private readonly TracePace _paceAgain = new(time, SavedAgain, EveryAgain);
    private TaskCompletionSource _changed = NewSource();
    private Line? _line;
    private bool _isAloud; // something is being said to all
    private long _asked; // how much was to be said to all
    private long _said;
    private int _under; // how many listeners are being told something

    /// <summary>A connection is open: what is said from now on is said by its listener.</summary>
    public void Open(string session, string listener)
    {
        Close();
        lock (_gate) _line = new Line(session, listener);
    }

    /// <summary>The connection is lost, and with it all that has not been said.</summary>
    public void Close()
    {
        Line? lost;
        lock (_gate)
        {
            (lost, _line, _isAloud, _under, _said) = (_line, null, false, 0, _asked);
            foreach (var (_, said) in _aloud) said.TrySetResult();
            _aloud.Clear();
            _aloudAgain.Reset();
            _turns.Clear();
        }

        lost?.Ended.Cancel();
    }

    /// <summary>Says a frame to all, after what was to be said before.</summary>
    /// <returns>Ends when it has been said, or will not be.</returns>
    public Task Say(byte[] frame)
    {
        var said = NewSource();
        lock (_gate)
        {
            if (_line is null || _aloud.Count >= MostAloud) return Task.CompletedTask;
            _aloud.Enqueue((frame, said));
            _asked++;
        }

        Wake();
        return said.Task;
    }

    /// <summary>Asks a listener for something.</summary>
    public void Ask(string to, byte[] question) => Tell(to, turn => turn.Ask(question));

    /// <summary>Hands frames to a listener, one after another, beside what others are handed.</summary>
    /// <param name="afterAll">Whether what is said to all has to come before.</param>
    public void HandOver(string to, IEnumerable<TraceHanded> all, bool afterAll) => Tell(to, turn => turn.HandOver(all, afterAll ? _asked : 0));

    /// <summary>A listener has gone.</summary>
    public void Drop(string to)
    {
        lock (_gate) _turns.Remove(to);
    }

    /// <summary>Says what there is to say, until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        var speaking = new List<Task>();
        while (!stop.IsCancellationRequested)
        {
            var due = new List<Saying>();
            Task changed;
            TimeSpan? wait;
            lock (_gate) (changed, wait) = (_changed.Task, Find(due));
            speaking.RemoveAll(one => one.IsCompleted);
            speaking.AddRange(due.Select(said => SayAsync(said, stop)));
            await WaitAsync(changed, wait, stop).ConfigureAwait(false);
        }

        await Task.WhenAll(speaking).ConfigureAwait(false);
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Tell(string to, Action<TraceTurn> what)
    {
        lock (_gate)
        {
            if (_line is null) return;
            if (!_turns.TryGetValue(to, out var turn))
            {
                if (_turns.Count >= MostTurns)
                    foreach (var idle in _turns.Values.Where(one => one.IsIdle).ToList()) _turns.Remove(idle.To);
                if (_turns.Count >= MostTurns) return;
                _turns[to] = turn = new TraceTurn(to);
            }

            what(turn);
        }

        Wake();
    }

    private void Wake()
    {
        TaskCompletionSource changed;
        lock (_gate) (changed, _changed) = (_changed, NewSource());
        changed.TrySetResult();
    }

    private async Task WaitAsync(Task changed, TimeSpan? wait, CancellationToken stop)
    {
        using var awake = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var whole = wait is { } some ? TimeSpan.FromMilliseconds(Math.Max(1, Math.Ceiling(some.TotalMilliseconds))) : Timeout.InfiniteTimeSpan;
        await Task.WhenAny(changed, Task.Delay(whole, time, awake.Token)).ConfigureAwait(false);
        await awake.CancelAsync().ConfigureAwait(false);
    }

    /// <summary>Finds what may be said now.</summary>
    /// <returns>When to look again at the latest; null for not before something changes.</returns>
    private TimeSpan? Find(List<Saying> due)
    {
        if (_line is not { } line) return null;
        TimeSpan? next = null;
        if (!_isAloud && _aloud.TryPeek(out var first) && MayNow(_aloudAgain.WaitFrom(time)))
        {
            _isAloud = true;
            due.Add(new Saying(line, null, first.Frame));
        }

        var waiting = _turns.Values.Where(turn => !turn.IsUnderWay && turn.Next is not null && turn.After <= _said);
        foreach (var turn in waiting.OrderBy(turn => turn.Handed).ToList())
        {
            if (_under >= Lanes) break; // whoever is done looks again
            var pace = turn.Cost is { IsHanded: true, IsAgain: var again } ? again ? _paceAgain : _pace : null;
            if (!MayNow(turn.Retry.WaitFrom(time)) || (pace is not null && !MayNow(pace.Wait))) continue;
            pace?.Take();
            (turn.IsUnderWay, _under) = (true, _under + 1);
            due.Add(new Saying(line, turn, turn.Next!));
        }

        return next;

        bool MayNow(TimeSpan wait)
        {
            if (wait <= TimeSpan.Zero) return true;
            next = next < wait ? next : wait;
            return false;
        }
    }

    private async Task SayAsync(Saying said, CancellationToken stop)
    {
        var again = await TrySayAsync(said, stop).ConfigureAwait(false);
        lock (_gate)
        {
            if (said.Line != _line) return;
            if (said.Turn is { } turn) Settle(turn, said.Frame, again);
            else SettleAloud(again);
        }

        Wake();
    }

    /// <summary>One attempt.</summary>
    /// <returns>Nothing where it was said; else how long to wait for the next attempt, or the infinite time for none.</returns>
    private async Task<TimeSpan?> TrySayAsync(Saying said, CancellationToken stop)
    {
        try
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, said.Line.Ended.Token);
            var text = frames.Seal(said.Line.Listener, said.Turn?.To ?? "", said.Frame);
            await client.SignalOnceAsync(said.Line.Session, keys.Stream, text, said.Turn?.To, either.Token).ConfigureAwait(false);
            return null;
        }
        catch (MaltenException refused) when (refused.IsTransient || refused.Fault == MaltenFault.BadAnswer)
        {
            return refused.RetryAfter is { } asked && asked > TimeSpan.Zero ? asked : Busy;
        }
        catch (Exception failed) when (failed is MaltenException or OperationCanceledException or ObjectDisposedException)
        {
            return Timeout.InfiniteTimeSpan; // this connection or that listener has gone: whoever lacks something asks again
        }
    }

    private void Settle(TraceTurn turn, byte[] frame, TimeSpan? again)
    {
        (turn.IsUnderWay, _under) = (false, _under - 1);
        if (again is not { } wait) turn.Done(frame);
        else if (wait == Timeout.InfiniteTimeSpan || !turn.Retry.Refuse(wait, time)) turn.GiveUp();
    }

    private void SettleAloud(TimeSpan? again)
    {
        _isAloud = false;
        if (again is { } wait && wait != Timeout.InfiniteTimeSpan && _aloudAgain.Refuse(wait, time)) return;
        _aloudAgain.Reset();
        _aloud.Dequeue().Said.TrySetResult();
        _said++;
    }

    /// <summary>The connection by which something is said.</summary>
    private sealed record Line(string Session, string Listener)
    {
        public CancellationTokenSource Ended { get; } = new();
    }

    private sealed record Saying(Line Line, TraceTurn? Turn, byte[] Frame);
}
