using Malten.Gateway.Telemetry;
using Malten.Streams.Limits;
using Malten.Streams.Values;
using Microsoft.Extensions.Options;

namespace Malten.Gateway.Answers;

/// <summary>
/// Pieces of answers that wait for their clients to take them: thousands of readers that take little, or nothing, would hold
/// hundreds of megabytes. What waits counts as whatever else clients make the node hold, and is at most an eighth of its memory.
/// Beyond that, whoever has most of it gives way, as in <see cref="Shares"/>: the answer of which nothing has been taken for
/// longest is broken off, be it the newest. Thread-safe.
/// </summary>
internal sealed class UntakenAnswers(Capacity capacity, IOptions<CapacityOptions> options, GatewayMetrics metrics)
{
    private readonly Lock _gate = new();
    private readonly TransientBytes<UntakenAnswer> _held = new(capacity);

    /// <summary>How many bytes wait.</summary>
    public long Bytes
    {
        get { lock (_gate) return _held.All; }
    }

    /// <summary>How many had to give way so far.</summary>
    public long GivenWay { get; private set; }

    private long Most => options.Value.MaxMemoryMegabytes * 1024L * 1024L / 8;

    /// <summary>Counts a piece that waits, until the answer is disposed of.</summary>
    public UntakenAnswer Begin(ClientKey client, long bytes)
    {
        var answer = new UntakenAnswer(this, client);
        lock (_gate)
        {
            _held.Change(answer, bytes);
            while (_held.All > Most && _held.OldestOfMost() is { } largest)
            {
                _held.Change(largest, 0);
                largest.GiveWay();
                GivenWay++;
                metrics.Refused("Untaken");
            }
        }

        return answer;
    }

    /// <summary>Counts a piece no longer.</summary>
    public void End(UntakenAnswer answer)
    {
        lock (_gate) _held.Change(answer, 0);
    }
}

/// <summary>A piece of an answer that waits until its client takes it.</summary>
internal sealed class UntakenAnswer(UntakenAnswers all, ClientKey client) : ITransient, IDisposable
{
    private readonly CancellationTokenSource _given = new();

    /// <inheritdoc/>
    public ClientKey Client => client;

    /// <inheritdoc/>
    public long Bytes { get; set; }

    /// <summary>Cancelled when it has to give way: whoever waits should disconnect the client.</summary>
    public CancellationToken Given => _given.Token;

    /// <summary>Makes it give way.</summary>
    public void GiveWay() => _ = _given.CancelAsync(); // not here: whoever waits would go on under the caller's lock

    public void Dispose()
    {
        all.End(this);
        _given.Dispose();
    }
}
