using Malten.Membership.Protocol;

namespace Malten.Membership.Registers;

/// <summary>
/// A value that a majority of the seeds holds in memory. It is read and changed as if it were in one place: calls take
/// effect one after another, each between its start and its end (CASPaxos, Rystsov 2018). Safe to call from any thread.
/// </summary>
/// <remarks>
/// The register is bound to the generation that its first successful call finds. When that generation is over, every
/// call ends with <see cref="RegisterOutcome.GenerationChanged"/> until the caller <see cref="Adopt">adopts</see> the
/// new one: members listed in the old value are not in the new one and have to join again.
/// </remarks>
public sealed class Register : IDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(100);

    private readonly Proposer _proposer;
    private readonly RegisterOptions _options;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _turn = new(1);
    private readonly Lock _gate = new();
    private Generation? _bound;
    private Generation? _announced;

    internal Register(Proposer proposer, RegisterOptions options, TimeProvider time)
    {
        _proposer = proposer;
        _options = options;
        _time = time;
    }

    /// <summary>Raised once for each new generation that a call finds, on the thread of that call.</summary>
    public event EventHandler<GenerationChangedEventArgs>? GenerationChanged;

    /// <summary>The generation this register is bound to; null before the first successful call.</summary>
    public Generation? Generation
    {
        get { lock (_gate) return _bound; }
    }

    /// <summary>Reads the value. That takes one round trip to the seeds while no change is in progress, and a few otherwise.</summary>
    /// <returns>Unchanged with the value, NoQuorum or GenerationChanged.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> was cancelled.</exception>
    public async Task<RegisterResult> ReadAsync(CancellationToken cancel = default)
    {
        using var deadline = new CancellationTokenSource(_options.Timeout, _time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel, deadline.Token);
        var result = Generation is { } bound
            ? await ReadAsync(bound, stop.Token)
            : await InTurnAsync(_ => null, stop.Token);
        cancel.ThrowIfCancellationRequested();
        return Finish(result);
    }

    /// <summary>Changes the value by a function, at most once.</summary>
    /// <param name="change">
    /// Receives the value, or null before the first change, and returns the new value, or null to leave it unchanged.
    /// It may be called several times, so it must not modify the array it receives or have side effects.
    /// </param>
    /// <param name="cancel">Ends the wait. Whether the change takes effect is then unknown.</param>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> was cancelled.</exception>
    /// <exception cref="InvalidOperationException">The new value is too large.</exception>
    public async Task<RegisterResult> ChangeAsync(Func<byte[]?, byte[]?> change, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(change);
        using var deadline = new CancellationTokenSource(_options.Timeout, _time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel, deadline.Token);
        var result = await InTurnAsync(value => Checked(change(value)), stop.Token);
        cancel.ThrowIfCancellationRequested();
        return Finish(result);
    }

    /// <summary>Binds the register to another generation, which the caller then joins as a new member.</summary>
    public void Adopt(Generation generation)
    {
        lock (_gate) _bound = generation;
    }

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    private async Task<RegisterResult> ReadAsync(Generation bound, CancellationToken stop)
    {
        try
        {
            var (started, pause) = (_time.GetTimestamp(), FirstPause);
            while (true)
            {
                var look = await _proposer.LookAsync(stop);
                if (look.Reading is { } read)
                {
                    return read.As(read.Generation == bound
                        ? RegisterOutcome.Unchanged
                        : RegisterOutcome.GenerationChanged);
                }

                // A change in progress may finish, since a ballot of its own would end that try: over slow links many readers would
                // keep every change, and each other, from ever succeeding. Its proposer may have died: hence a limit. Where seeds
                // differ and none expects a change, one has not heard of the last, and need not ever.
                if (!look.IsChanging || _time.GetElapsedTime(started) > _options.RequestTimeout) break;
                await Task.Delay(pause, _time, stop);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
        }
        catch (OperationCanceledException)
        {
            return new RegisterResult(RegisterOutcome.NoQuorum);
        }

        return await InTurnAsync(_ => null, stop);
    }

    // Calls of one process take turns, so that they do not overtake each other's ballots.
    private async Task<RegisterResult> InTurnAsync(Func<byte[]?, byte[]?> change, CancellationToken stop)
    {
        try
        {
            await _turn.WaitAsync(stop);
        }
        catch (OperationCanceledException)
        {
            return new RegisterResult(RegisterOutcome.NoQuorum);
        }

        try
        {
            var result = await _proposer.ChangeAsync(change, Generation, stop);
            lock (_gate)
            {
                if (result.Succeeded) _bound ??= result.Generation;
            }

            return result;
        }
        finally
        {
            _turn.Release();
        }
    }

    private RegisterResult Finish(RegisterResult result)
    {
        Generation? from = null;
        lock (_gate)
        {
            if (result.Outcome == RegisterOutcome.GenerationChanged && _announced != result.Generation)
                (from, _announced) = (_bound, result.Generation);
        }

        if (from is { } old)
            GenerationChanged?.Invoke(this, new GenerationChangedEventArgs(old, result.Generation!.Value));
        return result.Outcome == RegisterOutcome.GenerationChanged ? result with { Version = 0, Value = null } : result;
    }

    private byte[]? Checked(byte[]? value) => value is null || value.Length <= _options.MaxValueBytes
        ? value
        : throw new InvalidOperationException(
            $"The value has {value.Length} bytes; the register holds at most {_options.MaxValueBytes}.");
}
