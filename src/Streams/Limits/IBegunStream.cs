using Malten.Streams.Values;

namespace Malten.Streams.Limits;

/// <summary>A stream that a client began, known by when that was.</summary>
internal interface IBegunStream
{
    /// <summary>
    /// Ends the stream that began then, unless others have posted to it and it need not end <paramref name="anyway"/>; false
    /// when it is still there. Called without any lock.
    /// </summary>
    bool GiveWay(Timestamp begun, bool anyway);

    /// <summary>Whether that stream is still the one in use. Takes no lock.</summary>
    bool IsSince(Timestamp begun);
}
