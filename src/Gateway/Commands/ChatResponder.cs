using System.Diagnostics.CodeAnalysis;
using Malten.Streams;
using Malten.Streams.Events;
using Malten.Streams.Values;

namespace Malten.Gateway.Commands;

/// <summary>
/// Answers commands with ChatGPT, or any other model behind an OpenAI-compatible API. How many run at a time, how many may
/// wait, how long each may take and what all may cost are bounded by <see cref="ChatOptions"/>. Holds no threads while idle.
/// </summary>
public sealed class ChatResponder : ICommandResponder, IAsyncDisposable
{
    /// <summary>The label under which answers are posted.</summary>
    public const string User = "malten";

    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    private readonly ChatAnswerer _answerer;
    private readonly CommandQueue _queue;
    private readonly TokenBudget _budget;
    private readonly TimeProvider _time;
    private readonly int _least;
    private readonly CancellationTokenSource _stopping = new();

    internal ChatResponder(ChatAnswerer answerer, TokenBudget budget, ChatOptions options, TimeProvider time) =>
        (_answerer, _queue, _budget, _least, _time) = (answerer, new CommandQueue(options), budget, options.LeastTokens, time);

    /// <inheritdoc/>
    public bool TryReserve(StreamName stream, ClientKey client, [NotNullWhen(false)] out StreamRefusedException? refusal)
    {
        if (!_budget.TryReserve(client, _least, out refusal)) return false;
        if (_queue.TryReserve(stream, client, out var given))
        {
            if (given is { } other) _ = GiveWayAsync(other);
            return true;
        }

        _budget.Settle(client, _least, 0);
        refusal = _queue.IsClosed
            ? new StreamRefusedException(Refusal.Unavailable, ChatAnswerer.Stopping)
            : new StreamRefusedException(Refusal.Busy, Command.TooManyWaiting);
        return false;
    }

    /// <inheritdoc/>
    public void Release(StreamName stream, ClientKey client)
    {
        _queue.Release(stream);
        _budget.Settle(client, _least, 0);
    }

    /// <inheritdoc/>
    public void Answer(Command command, IStreamBroker broker)
    {
        _queue.Add(new WaitingCommand(command, broker, new TokenReservation(_budget, command.Client, _least)));
        StartWork();
    }

    /// <summary>
    /// Accepts no more commands, cancels those running and waiting, and announces their failure to their streams. Returns
    /// when that is done, after one second at the latest.
    /// </summary>
    public async Task StopAsync()
    {
        var drained = _queue.CloseAsync();
        await _stopping.CancelAsync();
        await drained.WaitAsync(Grace, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Stops.</summary>
    public async ValueTask DisposeAsync() => await StopAsync();

    private async Task GiveWayAsync(WaitingCommand command)
    {
        command.Tokens.Settle();
        await _answerer.GiveWayAsync(command);
    }

    private void StartWork()
    {
        // Unsafe on purpose: the work belongs to no request, so it must not carry a request's log scopes or traces.
        while (_queue.TryTake(out var command))
            ThreadPool.UnsafeQueueUserWorkItem(
                static work => _ = work.Responder.WorkAsync(work.Command), (Responder: this, Command: command), preferLocal: false);
    }

    private async Task WorkAsync(WaitingCommand command)
    {
        try
        {
            await _answerer.AnswerAsync(command, _stopping.Token);
        }
        finally
        {
            command.Tokens.Settle();
            _queue.Complete(command.Stream);
            StartWork();
        }
    }
}
