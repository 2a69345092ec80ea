using Malten.Streams.Events;
using Malten.Streams.Feeds;
using Malten.Streams.Listeners;
using Malten.Streams.Values;

namespace Malten.Grains.Interfaces;

/// <summary>
/// Reads streams without making an activation for a name that nobody uses. The key is 0; the caller's own silo, or the one
/// it is connected to, answers. Refusals and failures are those of <see cref="IStreamGrain"/>.
/// </summary>
[Alias("malten.reader")]
public interface IReaderGrain : IGrainWithIntegerKey
{
    /// <summary>Reads a page of messages; an unknown stream has none.</summary>
    [ResponseTimeout("00:00:05")]
    Task<Outcome<Frame[]>> Read([Immutable] PageRequest request);

    /// <summary>The listeners of a stream, on all nodes.</summary>
    [ResponseTimeout("00:00:05")]
    Task<Outcome<Presence>> GetPresence([Immutable] StreamAddress address);

    /// <summary>Whether the stream to which a command was sent has ended.</summary>
    [ResponseTimeout("00:00:05")]
    Task<bool> HasEnded([Immutable] Command command);
}
