using System.IO.Pipelines;
using Malten.Streams.Bytes;
using Malten.Streams.Limits;
using Malten.Streams.Values;

namespace Malten.Gateway.Requests;

/// <summary>
/// A body that comes in pieces, held until it is whole. It has <see cref="Limit"/> to come; before that it may have to give
/// way to those of others. For one reader; giving way is thread-safe.
/// </summary>
internal sealed class UnreadBody : ITransient, IDisposable
{
    /// <summary>How long it may take to come.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly UnreadBodies _all;
    private readonly PipeReader _reader;
    private readonly CancellationTokenSource _given;
    private readonly CancellationTokenRegistration _wake; // not by the token of a read: after that, Kestrel can't read the rest

    public UnreadBody(UnreadBodies all, ClientKey client, PipeReader reader, TimeProvider time)
    {
        (_all, Client, _reader) = (all, client, reader);
        _given = new CancellationTokenSource(Limit, time);
        _wake = _given.Token.UnsafeRegister(static reader => PipeReads.End((PipeReader)reader!), reader);
    }

    /// <summary>Whoever sends it.</summary>
    public ClientKey Client { get; }

    /// <summary>How much of it is counted. Its owner locks.</summary>
    public long Bytes { get; set; }

    /// <summary>Whether it had to give way. Its owner locks.</summary>
    public bool HasGivenWay { get; private set; }

    /// <summary>Counts it as having so many bytes now.</summary>
    /// <exception cref="StreamRefusedException">There is no room for it, or it had to give way.</exception>
    public void Hold(long bytes) => _all.Hold(this, bytes);

    /// <summary>Waits for more of it.</summary>
    /// <exception cref="StreamRefusedException">It had to give way.</exception>
    /// <exception cref="BadHttpRequestException">It did not come in time (408).</exception>
    public async ValueTask<ReadResult> ReadAsync()
    {
        var result = await _reader.ReadAsync();
        if (!_given.IsCancellationRequested) return result;
        _reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        throw HasGivenWay ? UnreadBodies.Full() : new BadHttpRequestException("", StatusCodes.Status408RequestTimeout);
    }

    /// <summary>Ends its reading.</summary>
    public void GiveWay()
    {
        HasGivenWay = true;
        _ = _given.CancelAsync(); // not here: whoever reads it would go on under the caller's lock
    }

    public void Dispose()
    {
        _all.Release(this);
        _wake.Dispose();
        _given.Dispose();
    }
}
