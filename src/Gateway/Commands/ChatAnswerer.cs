using System.Text;
using Malten.Streams.Events;
using Malten.Streams.Values;
using Microsoft.Extensions.Options;

namespace Malten.Gateway.Commands;

/// <summary>Answers a command: with exactly one answer or one <c>failed</c> event, or with nothing if the stream has ended.</summary>
internal sealed partial class ChatAnswerer(
    ChatProvider provider, IOptions<ChatOptions> options, TimeProvider time, ILogger<ChatAnswerer> logger)
{
    /// <summary>What a user is told when the node stops.</summary>
    public const string Stopping = "This node is stopping; ask again.";
    private const string Unreachable = "The stream could not be reached; ask again.";
    private const string NoRoom = "The answer could not be stored; try again later.";
    private const string Internal = "The command could not be answered; try again later.";

    private const string TooMuch = "What is left of today's answers is too little for this question.";
    private const string GaveWay = "So many commands wait that this one had to make room for somebody else's; ask again later.";

    private const string CutOff = " …";

    private static readonly UserLabel User = UserLabel.Parse(ChatResponder.User);

    /// <summary>Answers; never throws. <paramref name="stopping"/> is cancelled when the node stops.</summary>
    public async Task AnswerAsync(WaitingCommand waiting, CancellationToken stopping)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(options.Value.TimeLimitSeconds), time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stopping);
        try
        {
            if (await AskAsync(waiting, either.Token) is { } answer) await PostAsync(waiting, answer);
        }
        catch (StreamRefusedException refused) when (IsEnd(refused))
        {
        }
        catch (Exception exception)
        {
            var failure = stopping.IsCancellationRequested ? new CommandFailedException(Stopping)
                : limit.IsCancellationRequested ? new CommandFailedException(ProviderFailure.TimedOut)
                : exception is StreamRefusedException ? new CommandFailedException(Unreachable)
                : exception as CommandFailedException ?? Unexpected(exception);
            await FailAsync(waiting, failure);
        }
    }

    /// <summary>The answer as texts to post; null when the stream has ended.</summary>
    private async Task<IReadOnlyList<MessageText>?> AskAsync(WaitingCommand waiting, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var context = await ChatContext.BuildAsync(waiting, options.Value.ContextCharacters, cancellationToken);
        // Checked after reading: if the stream has ended, what was read may belong to a later one of its name.
        if (await waiting.HasEndedAsync(cancellationToken)) return null;
        context = Afford(waiting, context);
        await ShowBeginningAsync(waiting);
        cancellationToken.ThrowIfCancellationRequested(); // before anything is spent
        return await WriteAsync(waiting, context, cancellationToken);
    }

    /// <summary>Shows that an answer is being written; a stream that can't be reached now may still get the answer.</summary>
    private static async Task ShowBeginningAsync(WaitingCommand waiting)
    {
        try
        {
            await AnnounceAsync(waiting, NoticeName.Answering);
        }
        catch (StreamRefusedException refused) when (!IsEnd(refused))
        {
            // the answer itself is repeated until it gets through
        }
    }

    /// <summary>As much of the prompt as can be paid for: what was said last goes along first.</summary>
    private ChatPrompt Afford(WaitingCommand waiting, ChatPrompt prompt)
    {
        while (!waiting.Tokens.TryRaise(prompt.MostTokens + options.Value.MaxOutputTokens))
            prompt = prompt.Shorter ?? throw new CommandFailedException(TooMuch);
        return prompt;
    }

    /// <summary>Has the model write the answer, and shows it to the stream meanwhile; null when the stream has ended.</summary>
    private async Task<IReadOnlyList<MessageText>?> WriteAsync(
        WaitingCommand waiting, ChatPrompt prompt, CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await using var answer = new GrowingAnswer(waiting, time, ended);
        ChatEnd end;
        try
        {
            waiting.Tokens.SpendAll();
            end = await provider.StreamAsync(prompt.Messages, piece =>
            {
                answer.Append(piece);
                return answer.Length <= AnswerText.MaxLength;
            }, ended.Token);
        }
        catch (CommandFailedException failure) when (failure.IsFree)
        {
            waiting.Tokens.Spend(0);
            throw;
        }
        catch (Exception) when (answer.HasEnded)
        {
            return null;
        }

        var text = answer.ToString().Trim();
        if (end.Tokens is { } tokens) waiting.Tokens.Spend(tokens);
        else if (answer.Length <= AnswerText.MaxLength) waiting.Tokens.Spend(prompt.MostTokens + Encoding.UTF8.GetByteCount(text));
        if (text.Length == 0) throw new CommandFailedException(ProviderFailure.Empty);
        return AnswerText.Split(end.IsCutOff ? text + CutOff : text);
    }

    /// <summary>Posts an answer. Once its first part is posted, it counts as answered, and no time limit applies to the rest.</summary>
    private async Task PostAsync(WaitingCommand waiting, IReadOnlyList<MessageText> answer)
    {
        var (command, broker) = (waiting.Command, waiting.Broker);
        for (var part = 0; part < answer.Count; part++)
        {
            try
            {
                await broker.AppendAsync(new Draft
                {
                    Address = command.Address, Begun = command.Begun, ReplyTo = command.Id, User = User, Text = answer[part],
                    Client = command.Client,
                });
            }
            catch (Exception exception) when (part > 0)
            {
                LogCutShort(part, answer.Count, exception.GetType().Name);
                return;
            }
            catch (StreamRefusedException refused) when (!IsEnd(refused))
            {
                throw new CommandFailedException(NoRoom);
            }
        }
    }

    /// <summary>Says that a command is not answered, since it gave its place to another; never throws.</summary>
    public Task GiveWayAsync(WaitingCommand waiting) => FailAsync(waiting, new CommandFailedException(GaveWay));

    private async Task FailAsync(WaitingCommand waiting, CommandFailedException failure)
    {
        LogFailed(failure.Message, failure.Status ?? 0);
        try
        {
            if (!await waiting.HasEndedAsync(CancellationToken.None)) await AnnounceAsync(waiting, NoticeName.Failed, failure.Message);
        }
        catch (Exception exception)
        {
            LogUnexpected(exception.GetType().Name);
        }
    }

    /// <summary>Whether a request was refused because the stream of the command has ended.</summary>
    private static bool IsEnd(StreamRefusedException refused) => refused.Refusal is Refusal.NotYours or Refusal.Ended;

    private static ValueTask AnnounceAsync(WaitingCommand waiting, NoticeName name, string? reason = null) =>
        waiting.Broker.AnnounceAsync(waiting.Stream, new Notice
        {
            Name = name, Stream = waiting.Stream.Value, Command = waiting.Command.Id, Reason = reason,
        });

    private CommandFailedException Unexpected(Exception exception)
    {
        LogUnexpected(exception.GetType().Name);
        return new CommandFailedException(Internal);
    }

    [LoggerMessage(LogLevel.Warning, "A command was not answered: {Reason} (provider's status {Status})")]
    private partial void LogFailed(string reason, int status);

    [LoggerMessage(LogLevel.Warning, "An answer was cut short after {Posted} of {Parts} messages: {Error}")]
    private partial void LogCutShort(int posted, int parts, string error);

    // Only the type: an exception's message may quote a text, a name or the key.
    [LoggerMessage(LogLevel.Error, "A command failed with an unexpected {Error}")]
    private partial void LogUnexpected(string error);
}
