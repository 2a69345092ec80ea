using System.Diagnostics.CodeAnalysis;
using Malten.Streams.Events;
using Malten.Streams.Values;

namespace Malten.Streams;

/// <summary>Answers commands by posting messages.</summary>
public interface ICommandResponder
{
    /// <summary>
    /// Reserves a place in the queue for a command of this stream, and what its answer may cost; otherwise says why not: the
    /// queue is full, or the client or the node has spent what it may. What is reserved is either used by
    /// <see cref="Answer"/> or given back by <see cref="Release"/>.
    /// </summary>
    bool TryReserve(StreamName stream, ClientKey client, [NotNullWhen(false)] out StreamRefusedException? refusal);

    /// <summary>Gives back what was reserved.</summary>
    void Release(StreamName stream, ClientKey client);

    /// <summary>
    /// Queues a command in the place reserved for its stream and client, and returns at once; the answer is posted through the
    /// broker.
    /// </summary>
    void Answer(Command command, IStreamBroker broker);
}
