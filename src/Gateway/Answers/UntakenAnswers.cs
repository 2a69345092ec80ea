using Malten.Gateway.Telemetry;
using Malten.Streams.Limits;
using Malten.Streams.Values;
using Microsoft.Extensions.Options;

namespace Malten.Gateway.Answers;

/// <summary>
/// Pieces of answers that wait for their clients to take them: thousands of readers that take little, or nothing, would hold
/// hundreds of megabytes. What waits counts as whatever else clients make the node hold, and has an eighth of its memory.
/// Beyond that, whoever has most of it gives way, as in <see cref="Shares"/>: the answer of which nothing has been taken for
/// longest is broken off, once that is <see cref="Patience"/>, so that a crowd that hears much at once is not taken for idle; or
/// at once where half of the memory waits. Thread-safe.
/// </summary>
internal sealed class UntakenAnswers : IDisposable
{
    /// <summary>How long a piece may wait though there is no room.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly TransientBytes<UntakenAnswer> _held;
    private readonly long _memory;
    private readonly GatewayMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ITimer _timer; // runs only while there is no room
    private bool _isWatching;

    public UntakenAnswers(Capacity capacity, IOptions<CapacityOptions> options, GatewayMetrics metrics, TimeProvider time)
    {
        (_held, _memory, _metrics, _time) = (new(capacity), options.Value.MaxMemoryMegabytes * 1024L * 1024L, metrics, time);
        _timer = time.CreateTimer(_ => Look(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>How many bytes wait.</summary>
    public long Bytes
    {
        get { lock (_gate) return _held.All; }
    }

    /// <summary>How many had to give way so far.</summary>
    public long GivenWay { get; private set; }

    private bool IsFull => _held.All > _memory / 8;

    /// <summary>Counts a piece that waits, until the answer is disposed of.</summary>
    public UntakenAnswer Begin(ClientKey client, long bytes)
    {
        var answer = new UntakenAnswer(this, client, _time.GetTimestamp());
        lock (_gate)
        {
            _held.Change(answer, bytes);
            if (!IsFull) return answer;
            MakeRoom();
            if (!IsFull || _isWatching) return answer;
            _isWatching = true;
            _timer.Change(Patience, Timeout.InfiniteTimeSpan);
        }

        return answer;
    }

    /// <summary>Counts a piece no longer.</summary>
    public void End(UntakenAnswer answer)
    {
        lock (_gate) _held.Change(answer, 0);
    }

    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        lock (_gate)
        {
            MakeRoom();
            _isWatching = IsFull;
            if (_isWatching) _timer.Change(Patience, Timeout.InfiniteTimeSpan);
        }
    }

    private void MakeRoom()
    {
        while (IsFull && _held.OldestOfMost() is { } largest && (_held.All > _memory / 2 || _time.GetElapsedTime(largest.Since) >= Patience))
        {
            _held.Change(largest, 0);
            largest.GiveWay();
            GivenWay++;
            _metrics.Refused("Untaken");
        }
    }
}

/// <summary>A piece of an answer that waits until its client takes it.</summary>
internal sealed class UntakenAnswer(UntakenAnswers all, ClientKey client, long since) : ITransient, IDisposable
{
    private readonly CancellationTokenSource _given = new();

    /// <inheritdoc/>
    public ClientKey Client => client;

    /// <summary>When it began to wait, by <see cref="TimeProvider.GetTimestamp"/>.</summary>
    public long Since => since;

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
