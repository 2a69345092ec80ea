using Malten.Grains.Copies;

namespace Malten.Grains.MessageStreams;

/// <content>The end of an activation that another one replaces: it leaves what is committed as a copy, since it may be the last.</content>
internal sealed partial class StreamGrain : IRunningStream
{
    private bool _hasLeft;

    long IRunningStream.Epoch => _holders.Epoch;

    /// <summary>
    /// In a turn of its own: what this activation is about to commit, since it looked for a fence before there was one, is committed by
    /// then.
    /// </summary>
    Task IRunningStream.ReplaceAsync()
    {
        var replaced = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        GrainContext.Scheduler.QueueAction(() =>
        {
            try
            {
                Leave();
                DeactivateOnIdle();
                replaced.SetResult();
            }
            catch (Exception failure) // of any kind: whoever asks must hear of it
            {
                replaced.SetException(failure);
            }
        });
        return replaced.Task;
    }

    /// <summary>Puts what is committed among the copies of this silo: once, since whoever goes on with it drops them.</summary>
    private void Leave()
    {
        if (_hasLeft || _isOver || !_stream.IsInUse || _subscribers.Stored != _stream.Begun) return;
        _hasLeft = true;
        _holders.Keep(_stream, _claims.Open);
    }
}
