using System.Globalization;
using System.Threading.Channels;
using Malten.Cli.Output;
using Malten.Client;

namespace Malten.Cli.Chat;

/// <summary>
/// What somebody has written and is to be said, in its order. What can't be said now is tried again until it can be, or is taken back, and
/// whatever was written after it waits; what can't be said at all is kept apart, for its author to change.
/// </summary>
/// <param name="show">Shows what was said, where it is not heard.</param>
/// <param name="tell">Tells people a line.</param>
/// <param name="changed">Is called when <see cref="HeldUp"/> may have changed.</param>
internal sealed class Outbox(Conversation conversation, Action<StreamItem> show, Action<string> tell, Action changed, TimeProvider time)
{
    /// <summary>What takes longer is shown: people take a line to be said when nothing else is shown.</summary>
    public static readonly TimeSpan Unnoticed = TimeSpan.FromSeconds(1);

    /// <summary>Whoever gets a dated line that is older is told that its date and the server's are far apart.</summary>
    public static readonly TimeSpan Fresh = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan BetweenAttempts = TimeSpan.FromSeconds(1); // unless a node asks for more
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    private readonly Channel<OutboxLine> _lines = Channel.CreateUnbounded<OutboxLine>();
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously); // nothing more is written
    private readonly Lock _gate = new();
    private readonly List<OutboxLine> _waiting = []; // the first is being said
    private readonly List<OutboxLine> _refused = []; // or taken back
    private OutboxLine? _taken; // of these, what was taken back last
    private bool _isChanging; // it still stands where it is changed
    private OutboxLine? _said; // what is being said
    private Action? _cancel; // ends saying it
    private bool _isSlow; // what is being said takes a while
    private bool _isHeldUp; // it could not be said, and is tried again

    /// <summary>What has not been said, as far as is known.</summary>
    public IReadOnlyList<string> Unsent
    {
        get { lock (_gate) return [.. _refused.Concat(_waiting).Where(line => !line.IsHeard).Select(line => line.Text)]; }
    }

    /// <summary>How many lines wait, while the first of them can't be said or takes a while; 0 otherwise.</summary>
    public int HeldUp
    {
        get { lock (_gate) return _isHeldUp || _isSlow ? Unheard.Count() : 0; }
    }

    private IEnumerable<OutboxLine> Unheard => _waiting.Where(line => !line.IsHeard);

    /// <summary>
    /// Another line is to be said; it takes the place of what was taken back and is being changed. What was not changed keeps its id: it may be stored.
    /// </summary>
    public void Add(string text)
    {
        OutboxLine line;
        bool isHeldUp;
        lock (_gate)
        {
            var taken = _isChanging ? _taken : null;
            line = taken?.Text == text ? taken.Again() : new OutboxLine(text, Guid.CreateVersion7());
            if (taken is not null) _refused.Remove(taken);
            (_taken, _isChanging) = (null, false);
            if (!line.IsHeard) _waiting.Add(line);
            isHeldUp = _isHeldUp;
        }

        if (line.IsHeard)
        {
            tell($"sent already: {text}");
            return;
        }

        if (isHeldUp) Tell(text);
        _lines.Writer.TryWrite(line);
        changed();
    }

    /// <summary>Nothing more is written: what waits is attempted once, in its order, as long as that succeeds.</summary>
    /// <param name="failed">Why, if not because somebody wants to leave.</param>
    public void Complete(Exception? failed = null)
    {
        _lines.Writer.TryComplete(failed);
        _over.TrySetResult();
    }

    /// <summary>
    /// Takes back a line, to change it: what was refused last, then what came before that, then the newest that waits because something can't
    /// be said, and at last again from the beginning; null where there is nothing. It counts as unsent until another takes its place.
    /// </summary>
    public string? TakeBack()
    {
        lock (_gate)
        {
            var place = _taken is null ? _refused.Count : _refused.IndexOf(_taken);
            if (place <= 0) place = TakeFromWaiting() ? 1 : _refused.Count;
            _taken = place > 0 ? _refused[place - 1] : null;
            _isChanging = _taken is not null;
            return _taken?.Text;
        }
    }

    /// <summary>What was taken back was cleared away: nothing takes its place, and it can be taken back again.</summary>
    public void LeaveAsItWas()
    {
        lock (_gate) _isChanging = false;
    }

    /// <summary>Says each line, to the last that was written.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        using var said = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var telling = TellAtEndAsync(said.Token);
        try
        {
            await foreach (var line in _lines.Reader.ReadAllAsync(stop))
                if (!await SayAsync(line, stop)) return; // nobody waits until it could be said
        }
        finally
        {
            await said.CancelAsync();
            await telling;
        }
    }

    /// <summary>What was heard has been said, also where no node has said so to whoever wrote it.</summary>
    public void Hear(StreamItem item)
    {
        if (item is not (Message or EncryptedMessage { IsOwn: true })) return;
        var id = item is Message message ? message.Id : ((EncryptedMessage)item).Id;
        lock (_gate)
        {
            var heard = _waiting.Concat(_refused).Where(line => line.Id == id && !line.IsHeard).ToList();
            if (heard.Count == 0) return;
            foreach (var line in heard) line.IsHeard = true;
            _refused.RemoveAll(line => line.Id == id);
            EndIfHeard();
        }

        changed();
    }

    /// <summary>An answer that has not come by now may never come, and whatever was written behind it waits.</summary>
    private void EndIfHeard()
    {
        if (_said is { IsHeard: true } && (_isHeldUp || _isSlow)) _cancel?.Invoke();
    }

    /// <summary>What is merely slow may be stored by now: it is taken only once an attempt has failed.</summary>
    private bool TakeFromWaiting()
    {
        if (!(_isHeldUp || _isSlow) || _waiting is not [.., var newest] || newest.IsHeard || (newest == _said && !_isHeldUp)) return false;
        _waiting.RemoveAt(_waiting.Count - 1);
        _refused.Insert(0, newest);
        newest.IsTakenBack = true;
        if (newest == _said) _cancel?.Invoke();
        return true;
    }

    /// <summary>False where it was not said, and is not tried any more since nothing more is written.</summary>
    private async Task<bool> SayAsync(OutboxLine line, CancellationToken stop)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop);
        if (!Begin(line, () => _ = either.CancelAsync())) return true; // where that runs on, nobody holds the lock
        try
        {
            var saying = conversation.PostAsync(line.Text, line.Id, (failed, _) => WaitAsync(line, failed, either.Token), either.Token);
            await NoteSlownessAsync(saying, either.Token);
            var said = await saying;
            Settle(line, isRefused: false);
            if (said is not null) show(said);
        }
        catch (Exception ended) when (line.IsHeard && ended is MaltenException or OperationCanceledException && !stop.IsCancellationRequested)
        {
            Settle(line, isRefused: false);
        }
        catch (MaltenException failed) when (failed.MayPass)
        {
            return false;
        }
        catch (OperationCanceledException) when (line.IsTakenBack && !stop.IsCancellationRequested)
        {
            Settle(null, isRefused: false);
        }
        catch (Exception refused) when (refused is MaltenException or ArgumentException)
        {
            Settle(line, isRefused: true);
            tell($"not sent: {FailureText.Of(refused)} The up arrow takes it back: {line.Text}");
        }
        finally
        {
            lock (_gate) _cancel = null;
        }

        return true;
    }

    /// <summary>False where it is not to be said any more.</summary>
    private bool Begin(OutboxLine line, Action cancel)
    {
        lock (_gate)
        {
            if (line.IsHeard) _waiting.Remove(line);
            if (line.IsTakenBack || line.IsHeard) return false;
            (_said, _cancel) = (line, cancel);
        }

        line.Begun ??= time.GetTimestamp();
        TellIfOld(line);
        return true;
    }

    private async Task NoteSlownessAsync(Task saying, CancellationToken stop)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var waiting = Task.Delay(Unnoticed, time, either.Token);
        if (await Task.WhenAny(saying, waiting) == waiting && !either.IsCancellationRequested)
        {
            lock (_gate)
            {
                _isSlow = true;
                EndIfHeard();
            }

            changed();
        }

        await either.CancelAsync();
    }

    private async Task TellAtEndAsync(CancellationToken stop)
    {
        try
        {
            await _over.Task.WaitAsync(stop);
            await Task.Delay(Unnoticed, time, stop);
        }
        catch (OperationCanceledException)
        {
            return; // all is said, or nobody waits for it
        }

        int count;
        lock (_gate) count = Unheard.Count();
        if (count > 0) tell(string.Create(CultureInfo.InvariantCulture, $"Sending {count} {(count == 1 ? "line" : "lines")}; Ctrl-C gives up."));
    }

    private async Task WaitAsync(OutboxLine line, MaltenException failed, CancellationToken stop)
    {
        bool isNew;
        string[] waiting;
        lock (_gate)
        {
            (isNew, _isHeldUp, waiting) = (!_isHeldUp, true, [.. Unheard.Select(one => one.Text)]);
            EndIfHeard();
        }

        stop.ThrowIfCancellationRequested();
        if (_over.Task.IsCompleted) throw failed;
        if (isNew)
        {
            tell($"{failed.Message} It is tried again.");
            foreach (var text in waiting) Tell(text);
            changed();
        }

        TellIfOld(line);
        var asked = failed.RetryAfter is { } given && given > BetweenAttempts ? given : BetweenAttempts;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop);
        await Task.WhenAny(_over.Task, Task.Delay(asked < LongestWait ? asked : LongestWait, time, either.Token));
        await either.CancelAsync();
        stop.ThrowIfCancellationRequested();
        if (_over.Task.IsCompleted) throw failed;
    }

    private void TellIfOld(OutboxLine line)
    {
        if (!conversation.IsDated || line.IsOld || time.GetElapsedTime(line.Begun!.Value) <= Fresh) return;
        line.IsOld = true;
        tell($"not sent for two minutes: its date and the server's will be far apart, and whoever gets it is told so: {line.Text}");
    }

    private void Tell(string text) => tell($"not sent yet: {text}");

    /// <summary>What was said or refused does not wait any more, nor does what was taken back while it was said.</summary>
    /// <param name="line">Null for one that was taken back, and not said as far as is known.</param>
    private void Settle(OutboxLine? line, bool isRefused)
    {
        lock (_gate)
        {
            if (line is not null && (_waiting.Remove(line) | _refused.Remove(line)) && isRefused) _refused.Add(line);
            var said = line is null || isRefused ? [] : _waiting.Append(line).Where(one => one.Id == line.Id);
            foreach (var one in said) one.IsHeard = true; // taken back a moment ago, it may come back to be said
            (_said, _isSlow, _isHeldUp) = (null, false, false);
        }

        changed();
    }
}
