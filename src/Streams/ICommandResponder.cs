using Malten.Streams.Events;
using Malten.Streams.Values;

namespace Malten.Streams;

/// <summary>Something that answers commands by posting messages.</summary>
public interface ICommandResponder
{
    /// <summary>
    /// Sets a place aside for a command of this stream; false when too many wait. A place that was set aside is either
    /// used by <see cref="Answer"/> or given back by <see cref="Release"/>.
    /// </summary>
    bool TryReserve(StreamName stream);

    /// <summary>Gives a place back unused.</summary>
    void Release(StreamName stream);

    /// <summary>Takes the command, for which a place was set aside, and returns at once; the answer comes through the broker.</summary>
    void Answer(Command command, IStreamBroker broker);
}
