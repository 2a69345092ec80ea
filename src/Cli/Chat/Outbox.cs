using System.Threading.Channels;
using Malten.Cli.Output;
using Malten.Client;

namespace Malten.Cli.Chat;

/// <summary>
/// What somebody has written and is to be said, in its order. What can't be said now is tried again until it can be, and whatever was
/// written after it waits; what can't be said at all is kept apart, for its author to change.
/// </summary>
/// <param name="show">Shows what was said, where it is not heard.</param>
/// <param name="tell">Tells people a line.</param>
/// <param name="count">Is given how many lines wait, whenever that changes while something can't be said.</param>
internal sealed class Outbox(Conversation conversation, Action<StreamItem> show, Action<string> tell, Action<int> count, TimeProvider time)
{
    private static readonly TimeSpan BetweenAttempts = TimeSpan.FromSeconds(1); // unless a node asks for more
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously); // nothing more is written
    private readonly Lock _gate = new();
    private readonly Queue<string> _waiting = []; // the first is being said
    private readonly List<string> _refused = [];
    private bool _isHeldUp; // the first could not be said, and is tried again

    /// <summary>What has not been said, as far as is known.</summary>
    public IReadOnlyList<string> Unsent
    {
        get { lock (_gate) return [.. _refused, .. _waiting]; }
    }

    /// <summary>Another line is to be said.</summary>
    public void Add(string text)
    {
        bool isHeldUp;
        lock (_gate)
        {
            _waiting.Enqueue(text);
            isHeldUp = _isHeldUp;
        }

        if (isHeldUp) Tell(text);
        _lines.Writer.TryWrite(text);
        Count();
    }

    /// <summary>Nothing more is written: what waits is attempted once, in its order, as long as that succeeds.</summary>
    /// <param name="failed">Why, if not because somebody wants to leave.</param>
    public void Complete(Exception? failed = null)
    {
        _lines.Writer.TryComplete(failed);
        _over.TrySetResult();
    }

    /// <summary>Takes back what was refused last, to change it; null where there is nothing.</summary>
    public string? TakeBack()
    {
        lock (_gate)
        {
            if (_refused is not [.., var last]) return null;
            _refused.RemoveAt(_refused.Count - 1);
            return last;
        }
    }

    /// <summary>Says each line, to the last that was written.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        await foreach (var text in _lines.Reader.ReadAllAsync(stop))
        {
            try
            {
                var said = await conversation.PostAsync(text, WaitAsync, stop);
                Settle(isRefused: false);
                if (said is not null) show(said);
            }
            catch (MaltenException failed) when (failed.MayPass)
            {
                return; // nobody waits until it could be said
            }
            catch (Exception refused) when (refused is MaltenException or ArgumentException)
            {
                Settle(isRefused: true);
                tell($"not sent: {FailureText.Of(refused)} The up arrow takes it back: {text}");
            }
        }
    }

    private async Task WaitAsync(MaltenException failed, CancellationToken stop)
    {
        bool isNew;
        string[] waiting;
        lock (_gate) (isNew, _isHeldUp, waiting) = (!_isHeldUp, true, [.. _waiting]);
        if (_over.Task.IsCompleted) throw failed;
        if (isNew)
        {
            tell($"{failed.Message} It is tried again.");
            foreach (var text in waiting) Tell(text);
            Count();
        }

        var asked = failed.RetryAfter is { } given && given > BetweenAttempts ? given : BetweenAttempts;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop);
        await Task.WhenAny(_over.Task, Task.Delay(asked < LongestWait ? asked : LongestWait, time, either.Token));
        await either.CancelAsync();
        stop.ThrowIfCancellationRequested();
        if (_over.Task.IsCompleted) throw failed;
    }

    private void Tell(string text) => tell($"not sent yet: {text}");

    private void Settle(bool isRefused)
    {
        lock (_gate)
        {
            var text = _waiting.Dequeue();
            if (isRefused) _refused.Add(text);
            _isHeldUp = false;
        }

        count(0);
    }

    private void Count()
    {
        int waiting;
        lock (_gate) waiting = _isHeldUp ? _waiting.Count : 0;
        count(waiting);
    }
}
