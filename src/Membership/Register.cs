namespace Malten.Membership;

/// <summary>
/// A value that a majority of the seeds holds in memory, read and changed as if it were in one place: calls take effect
/// one after another, each between its start and its end (CASPaxos, Rystsov 2018). Safe to call from any thread.
/// </summary>
/// <remarks>
/// The register is bound to the generation that its first successful call finds. When that is over, all calls end with
/// <see cref="RegisterOutcome.GenerationChanged"/> until the caller <see cref="Adopt">adopts</see> the new one: whoever
/// is listed in the old value is not in the new, and has to join again.
/// </remarks>
public sealed class Register : IDisposable
{
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

    /// <summary>Told once of each new generation that a call finds, on the thread of that call.</summary>
    public event EventHandler<GenerationChangedEventArgs>? GenerationChanged;

    /// <summary>The generation this register is bound to; null before the first successful call.</summary>
    public Generation? Generation
    {
        get { lock (_gate) return _bound; }
    }

    /// <summary>Reads the value: one round trip when no change is under way, else two.</summary>
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

    /// <summary>Changes the value to what <paramref name="change"/> makes of it, at most once.</summary>
    /// <param name="change">
    /// Gets the value, null before the first change, and returns the new one, or null to leave it. It may be called
    /// several times, and must neither change the array it gets nor do anything else.
    /// </param>
    /// <param name="cancel">Ends the wait; whether the change happens is then unknown.</param>
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

    /// <summary>Binds the register to another generation, as a member that joins anew.</summary>
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
            if (await _proposer.ReadAsync(stop) is { } read)
            {
                return read.As(read.Generation == bound
                    ? RegisterOutcome.Unchanged
                    : RegisterOutcome.GenerationChanged);
            }
        }
        catch (OperationCanceledException)
        {
            return new RegisterResult(RegisterOutcome.NoQuorum);
        }

        return await InTurnAsync(_ => null, stop);
    }

    // The calls of one process take turns instead of pushing each other's ballots aside.
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

        if (from is { } old) GenerationChanged?.Invoke(this, new GenerationChangedEventArgs(old, result.Generation!.Value));
        return result.Outcome == RegisterOutcome.GenerationChanged ? result with { Version = 0, Value = null } : result;
    }

    private byte[]? Checked(byte[]? value) => value is null || value.Length <= _options.MaxValueBytes
        ? value
        : throw new InvalidOperationException(
            $"The value has {value.Length} bytes; the register holds at most {_options.MaxValueBytes}.");
}
