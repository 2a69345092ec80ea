using Malten.Grains.Copies;

namespace Malten.Grains.MessageStreams;

/// <content>
/// The end of an activation. One that another one replaces, or that was never complete, leaves what is committed as a copy, since
/// it may be the last.
/// </content>
internal sealed partial class StreamGrain : IRunningStream, IDisposable
{
    // Where the whole cluster stops, nobody is left to store anything.
    private static readonly TimeSpan LastStoring = TimeSpan.FromSeconds(1);

    private bool _isReplaced; // or may be: it ends, and leaves what it held
    private bool _hasLeft;
    private bool _isOver; // the next activation follows the commands

    long IRunningStream.Epoch => _holders.Epoch;

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        // Posts that wait for their acknowledgement get it, or time out and are repeated to the next activation.
        await _storingLoop.WaitAsync(LastStoring, hostTime, cancellationToken)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        End();
    }

    /// <summary>
    /// Orleans disposes of every activation, also of one that was to end before it was complete, for which it does not call
    /// <see cref="OnDeactivateAsync"/>. What that one found may be held nowhere else by now.
    /// </summary>
    public void Dispose()
    {
        _isReplaced |= !_isOver;
        End();
    }

    /// <summary>
    /// In a turn of its own: what this activation is about to commit, since it looked for a fence before there was one, is committed by
    /// then. One that has ended has left what it had.
    /// </summary>
    Task IRunningStream.ReplaceAsync()
    {
        var replaced = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        GrainContext.Scheduler.QueueAction(() =>
        {
            try
            {
                Leave();
                if (!_isOver) DeactivateOnIdle();
                replaced.SetResult();
            }
            catch (Exception failure) // of any kind: whoever asks must hear of it
            {
                replaced.SetException(failure);
            }
        });
        return replaced.Task;
    }

    private void End()
    {
        if (_isOver) return;
        if (_stream is not null) EndStream(); // else it has not found out yet whether there is one
        _isOver = true;
    }

    private void EndStream()
    {
        local.Remove(_stream);
        if (_stream.IsInUse)
        {
            _subscribers.Push(_stream); // events that nobody holds but this activation
            _subscribers.SendAway(_name);
            if (_isReplaced || _holders.AreSuperseded) Leave();
        }
        else if (!_claims.AreOpen)
        {
            _holders.Forget();
        }

        _holders.End();
        _subscribers.End();
        _stream.Dispose();
    }

    /// <summary>Puts what is committed among the copies of this silo: once, since whoever goes on with it drops them.</summary>
    private void Leave()
    {
        if (_hasLeft || _isOver || !_stream.IsInUse || _subscribers.Stored != _stream.Begun) return;
        _hasLeft = true;
        _holders.Keep(_stream, _claims.Open);
    }
}
