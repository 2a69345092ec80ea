using Malten.Gateway.Telemetry;
using Malten.Streams.Limits;
using Malten.Streams.Values;
using Microsoft.Extensions.Options;

namespace Malten.Gateway.Answers;

/// <summary>
/// Pieces of answers that wait for their clients to take them: thousands of readers that take little, or nothing, would hold
/// hundreds of megabytes. What waits counts as whatever else clients make the node hold. While there is room, nothing comes of it.
/// Where there is little, or half of the memory waits, all together have an eighth: beyond it, answers are broken off of which nothing
/// has been taken for <see cref="Patience"/>, always the oldest of whoever then has most, as in <see cref="Shares"/>. A crowd that
/// hears much at once is not idle: its answers go only where that is not enough, so that half of the memory still waits.
/// Thread-safe.
/// </summary>
internal sealed class UntakenAnswers : IDisposable
{
    /// <summary>How long a piece may wait though there is no room; and how often it is looked which have.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly TransientBytes<UntakenAnswer> _held;
    private readonly Capacity _capacity;
    private readonly long _memory;
    private readonly GatewayMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ITimer _timer; // runs only while much waits
    private bool _isWatching;

    public UntakenAnswers(Capacity capacity, IOptions<CapacityOptions> options, GatewayMetrics metrics, TimeProvider time)
    {
        (_held, _capacity, _memory, _metrics, _time) = (new(capacity), capacity, options.Value.MaxMemoryMegabytes * 1024L * 1024L, metrics, time);
        _timer = time.CreateTimer(_ => Look(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>How many bytes wait.</summary>
    public long Bytes
    {
        get { lock (_gate) return _held.All; }
    }

    /// <summary>How many had to give way so far.</summary>
    public long GivenWay { get; private set; }

    private bool IsMuch => _held.All > _memory / 8;

    private bool IsTooMuch => _held.All > _memory / 2;

    // With what connections take beside: readers that take nothing have one each.
    private bool HasLittleRoom => _capacity.BytesWithConnections >= _memory - (_memory / 8);

    /// <summary>Counts a piece that waits, until the answer is disposed of.</summary>
    /// <param name="client">Whoever should take it.</param>
    /// <param name="bytes">What was written.</param>
    public UntakenAnswer Begin(ClientKey client, long bytes)
    {
        var answer = new UntakenAnswer(this, client, _time.GetTimestamp());
        lock (_gate)
        {
            _held.Change(answer, bytes);
            if (IsTooMuch && HasLittleRoom) MakeRoom();
            if (_isWatching || !IsMuch) return answer;
            _isWatching = true; // not more often: to look goes through all clients
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
            if (IsMuch) MakeRoom();
            _isWatching = IsMuch;
            if (_isWatching) _timer.Change(Patience, Timeout.InfiniteTimeSpan);
        }
    }

    private void MakeRoom()
    {
        if (!HasLittleRoom && !IsTooMuch) return;
        Break(_held.InOrder(answer => _time.GetElapsedTime(answer.Since) >= Patience), () => IsMuch && (HasLittleRoom || IsTooMuch));
        // Several at once: the next piece that comes need not go through all clients again.
        if (IsTooMuch && HasLittleRoom) Break(_held.InOrder(_ => true), () => _held.All > (_memory / 2) - (_memory / 64));
    }

    private void Break(IReadOnlyList<UntakenAnswer> answers, Func<bool> isNeeded)
    {
        foreach (var answer in answers)
        {
            if (!isNeeded()) return;
            _held.Change(answer, 0);
            answer.GiveWay();
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
