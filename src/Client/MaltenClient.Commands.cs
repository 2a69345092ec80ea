using System.Runtime.CompilerServices;
using Malten.Client.Connections;

namespace Malten.Client;

/// <content>Asking whatever listens and can answer.</content>
public sealed partial class MaltenClient
{
    /// <summary>
    /// Sends a command to the listeners of a stream, and does not wait for an answer. Repeated only when it certainly had no effect.
    /// </summary>
    /// <param name="stream">The stream's name.</param>
    /// <param name="prompt">1–1024 characters, not blank, not encrypted.</param>
    /// <param name="seat">For a pipe: one of its two secrets.</param>
    /// <returns>The command; answers have its <see cref="Command.Id"/> in <see cref="Message.ReplyTo"/>.</returns>
    /// <exception cref="ArgumentException">The stream has no name, or something has half of a surrogate pair. Nothing was sent.</exception>
    /// <exception cref="MaltenException">It was refused, or no node answered.</exception>
    public Task<Command> SendCommandAsync(string stream, string prompt, string? seat = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(stream);
        ArgumentNullException.ThrowIfNull(prompt);
        var command = Request.Post("commands", new Parameters { { "stream", stream }, { "prompt", prompt }, { "seat", seat } });
        return _transport.CallAsync(command with { IsIdempotent = false }, Body.ReadCommand, cancellationToken);
    }

    /// <summary>
    /// Sends a command and yields its answer: an <see cref="Answering"/> for each stage that is told, and each <see cref="Message"/>
    /// that replies to it. Ends when the answer is complete: see <see cref="AskOptions.Settle"/>. The time that the caller takes
    /// with a part counts for nothing.
    /// </summary>
    /// <param name="stream">The stream's name.</param>
    /// <param name="prompt">1–1024 characters, not blank, not encrypted.</param>
    /// <exception cref="ArgumentException">The stream has no name, or something has half of a surrogate pair.</exception>
    /// <exception cref="MaltenException">
    /// <see cref="MaltenFault.NotAnswered"/>: it could not be answered, or nothing answered in time. Or it was refused, or no node
    /// could be listened to within <see cref="MaltenClientOptions.CallTimeout"/>.
    /// </exception>
    public async IAsyncEnumerable<StreamItem> AskAsync(
        string stream, string prompt, AskOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(stream);
        ArgumentNullException.ThrowIfNull(prompt);
        options ??= new AskOptions();
        // Listen first: an answer may be there before the command's own answer is.
        using var patience = new CancellationTokenSource(_options.CallTimeout, _options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        var items = ListenAsync(stream, new ListenOptions { Seat = options.Seat }, either.Token).GetAsyncEnumerator(CancellationToken.None);
        await using var leaving = items.ConfigureAwait(false);
        var command = default(Command);
        var lost = default(MaltenException);
        var (hasAnswer, lastSign) = (false, 0L);
        while (await NextAsync(items, patience, cancellationToken).ConfigureAwait(false) is { } item)
        {
            if (item is CommandFailed failed && failed.Command == command?.Id) throw NotAnswered(failed.Reason);
            var isAnswer = IsAnswer(item, command);
            if (isAnswer || (item is Opened && command is null))
            {
                patience.CancelAfter(Timeout.InfiniteTimeSpan); // neither the caller's time counts nor that of a call, which has a limit of its own
                if (isAnswer) yield return item;
                else command = await SendCommandAsync(stream, prompt, options.Seat, cancellationToken).ConfigureAwait(false);
                hasAnswer |= item is Message;
                lastSign = _options.TimeProvider.GetTimestamp();
                patience.CancelAfter(hasAnswer ? options.Settle : options.Patience);
            }
            else if (hasAnswer && item is Opened) patience.CancelAfter(options.Settle);
            else if (hasAnswer && item is Disconnected) patience.CancelAfter(Rest(options.Patience, lastSign));
            lost = (item as Disconnected)?.Cause ?? lost;
        }

        if (command is null) throw lost ?? Problem.TimedOut(_transport.Nodes.Current, _options.CallTimeout);
        if (!hasAnswer) throw NotAnswered("Nothing has answered in time.");
    }

    private static bool IsAnswer(StreamItem item, Command? command) => command is not null && item switch
    {
        Message message => message.ReplyTo == command.Id,
        Answering answering => answering.Command == command.Id,
        _ => false,
    };

    /// <summary>The next item; null when patience is at its end, or a pipe is.</summary>
    private static async ValueTask<StreamItem?> NextAsync(
        IAsyncEnumerator<StreamItem> items, CancellationTokenSource patience, CancellationToken cancellationToken)
    {
        try
        {
            return await items.MoveNextAsync().ConfigureAwait(false) ? items.Current : null;
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <summary>What is left of a time that began then.</summary>
    private TimeSpan Rest(TimeSpan time, long begun)
    {
        var rest = time - _options.TimeProvider.GetElapsedTime(begun);
        return rest > TimeSpan.Zero ? rest : TimeSpan.Zero;
    }

    private static MaltenException NotAnswered(string reason) => new(MaltenFault.NotAnswered, reason, null) { Detail = reason };
}
