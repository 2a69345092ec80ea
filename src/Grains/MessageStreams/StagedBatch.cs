using Malten.Streams.Events;

namespace Malten.Grains.MessageStreams;

/// <summary>Messages that have their place in the order and wait, together, for a second silo to hold them.</summary>
internal sealed class StagedBatch
{
    private readonly TaskCompletionSource _stored = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<Frame> _frames = [];

    public IReadOnlyList<Frame> Frames => _frames;

    /// <summary>Whether something waits: a message, or the stream itself, which has begun or whose copy is gone.</summary>
    public bool IsDue { get; private set; }

    /// <summary>Ends when they are held and seen.</summary>
    public Task Stored => _stored.Task;

    public void Add(Frame frame)
    {
        _frames.Add(frame);
        IsDue = true;
    }

    public void MakeDue() => IsDue = true;

    public Frame? Find(Guid? id)
    {
        foreach (var frame in _frames)
            if (frame.Id == id)
                return frame;
        return null;
    }

    public void Complete() => _stored.TrySetResult();

    /// <summary>They will not be held; whoever waits must post again, to another activation.</summary>
    public void Fail(Exception failure)
    {
        _stored.TrySetException(failure);
        _ = _stored.Task.Exception; // seen, also where nobody waits
    }
}
