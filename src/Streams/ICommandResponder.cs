using Malten.Streams.Events;
using Malten.Streams.Values;

namespace Malten.Streams;

/// <summary>Answers commands by posting messages.</summary>
public interface ICommandResponder
{
    /// <summary>
    /// Reserves a place in the queue for a command of this stream; false when the queue is full. A reserved place is
    /// either used by <see cref="Answer"/> or given back by <see cref="Release"/>.
    /// </summary>
    bool TryReserve(StreamName stream);

    /// <summary>Gives back a reserved place.</summary>
    void Release(StreamName stream);

    /// <summary>Queues a command in its reserved place and returns at once; the answer is posted through the broker.</summary>
    void Answer(Command command, IStreamBroker broker);
}
