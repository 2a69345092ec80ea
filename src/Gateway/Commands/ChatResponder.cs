using Malten.Streams;
using Malten.Streams.Events;
using Malten.Streams.Values;

namespace Malten.Gateway.Commands;

/// <summary>
/// Answers commands by ChatGPT, or whatever model an OpenAI-compatible API offers: few at a time, few waiting, each within
/// a time limit (<see cref="ChatOptions"/>). Holds no threads while there is nothing to answer.
/// </summary>
public sealed class ChatResponder : ICommandResponder, IAsyncDisposable
{
    /// <summary>Who answers.</summary>
    public const string User = "malten";

    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    private readonly ChatAnswerer _answerer;
    private readonly CommandQueue _queue;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stopping = new();

    internal ChatResponder(ChatAnswerer answerer, CommandQueue queue, TimeProvider time) =>
        (_answerer, _queue, _time) = (answerer, queue, time);

    /// <inheritdoc/>
    public bool TryReserve(StreamName stream) => _queue.TryReserve(stream);

    /// <inheritdoc/>
    public void Release(StreamName stream) => _queue.Release(stream);

    /// <inheritdoc/>
    public void Answer(Command command, IStreamBroker broker)
    {
        _queue.Add(new WaitingCommand(command, broker));
        StartWork();
    }

    /// <summary>
    /// Takes no more commands, breaks off those under way and those that wait, and tells their streams so. Returns when
    /// that is done, after one second at the latest.
    /// </summary>
    public async Task StopAsync()
    {
        var drained = _queue.CloseAsync();
        await _stopping.CancelAsync();
        await drained.WaitAsync(Grace, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Stops.</summary>
    public async ValueTask DisposeAsync() => await StopAsync();

    private void StartWork()
    {
        // Unsafe is meant: the work is nobody's request, so it carries none of a request's log scopes or traces.
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
            _queue.Complete(command.Stream);
            StartWork();
        }
    }
}
