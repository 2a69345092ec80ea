using Malten.Streams.Events;

namespace Malten.Grains.MessageStreams;

/// <summary>Messages that have their place in the order and wait together until every silo that should hold them does.</summary>
internal sealed class StagedBatch
{
    private readonly TaskCompletionSource _stored = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<Frame> _frames = [];

    public IReadOnlyList<Frame> Frames => _frames;

    /// <summary>Whether there is something to store: a message, or the stream itself after it began or lost its copy.</summary>
    public bool IsDue { get; private set; }

    /// <summary>Completes when every silo that should hold the messages does, and readers see them.</summary>
    public Task Stored => _stored.Task;

    public void Add(Frame frame)
    {
        _frames.Add(frame);
        IsDue = true;
    }

    /// <summary>Has the stream stored even if the batch stays empty.</summary>
    public void MakeDue() => IsDue = true;

    /// <summary>The message with that id, kept for the caller, or null.</summary>
    public Frame? Find(Guid? id)
    {
        foreach (var frame in _frames)
            if (frame.Id == id)
                return frame.Keep();
        return null;
    }

    public void Complete() => _stored.TrySetResult();

    /// <summary>Fails all that wait for the batch. No silo will hold it: its posts must be repeated to another activation.</summary>
    public void Fail(Exception failure)
    {
        _stored.TrySetException(failure);
        _ = _stored.Task.Exception; // observed even if nobody waits for it
    }
}
