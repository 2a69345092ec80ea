using Malten.Streams.Limits;

namespace Malten.Gateway.Limits;

/// <summary>
/// Says of a request's connection that somebody listens on it, until it is disposed of: its memory is then in what the listener counts,
/// and it is not closed to make room as an idle one is. Does nothing for a connection that is not counted, a proxy's.
/// </summary>
internal readonly struct ListeningConnection : IDisposable
{
    private readonly Place? _place;

    private ListeningConnection(Place? place)
    {
        _place = place;
        _place?.ChangeListeners(1);
    }

    /// <summary>Begins to say so.</summary>
    public static ListeningConnection Of(HttpContext context) => new(context.Features.Get<Place>());

    public void Dispose() => _place?.ChangeListeners(-1);
}
