using System.Runtime.CompilerServices;
using System.Text.Json;
using Malten.Streams.Events;
using Malten.Streams.Feeds;
using Malten.Streams.Values;

namespace Malten.Gateway.Commands;

/// <summary>Gathers what the model is given of a stream: its newest messages within a budget, and last the question.</summary>
internal static class ChatContext
{
    private const int PageSize = 64;

    /// <summary>
    /// Reads at most <paramref name="characters"/> of the command's stream and appends the question. Of a pipe only the question
    /// goes along, and so it does where no stream was in use: what has begun since may end unnoticed. Nothing that is encrypted
    /// goes along.
    /// </summary>
    /// <exception cref="StreamRefusedException">The stream can't be reached.</exception>
    public static async Task<ChatPrompt> BuildAsync(WaitingCommand waiting, int characters, CancellationToken cancellationToken)
    {
        var (prompt, posted) = (waiting.Command.Prompt, waiting.Command.Posted);
        if (waiting.Command.Address.Seat is not null || waiting.Command.Begun.IsNone) return new ChatPrompt([Turn.Asked(null, prompt)]);
        Message? asked = null;
        var newestFirst = new List<Turn>();
        await foreach (var message in ReadAsync(waiting, cancellationToken))
        {
            // A command that was posted as a message is in the stream too, with its author's label; it is included only once.
            if (message.Created == posted)
            {
                asked = message;
                continue;
            }

            if (MessageText.IsEncrypted(message.Text)) continue;
            characters -= message.Text.Length + (message.User?.Length ?? 0);
            if (characters < 0) break;
            newestFirst.Add(TurnOf(message));
        }

        newestFirst.Reverse();
        return new ChatPrompt([.. newestFirst, Turn.Asked(asked?.User, prompt)]);
    }

    private static async IAsyncEnumerable<Message> ReadAsync(
        WaitingCommand waiting, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var request = new PageRequest(waiting.Command.Address, PageSize, PageDirection.Backward);
        IReadOnlyList<Frame> page;
        do
        {
            page = await waiting.Broker.ReadAsync(request, cancellationToken);
            foreach (var frame in page)
            {
                var message = JsonSerializer.Deserialize(frame.Payload.Span, WireJson.Default.Message)!;
                frame.LetGo();
                yield return message;
            }

            if (page.Count > 0) request = request with { Last = page[^1].Timestamp };
        }
        while (page.Count == PageSize);
    }

    // Nobody who posts can set ReplyTo.
    private static Turn TurnOf(Message message) => message is { User: ChatResponder.User, ReplyTo: not null }
        ? Turn.Answered(message.Text)
        : Turn.Said(message.User, Spoken(message.Text));

    private static string Spoken(string text) =>
        text.StartsWith(Command.Prefix, StringComparison.Ordinal) ? text[Command.Prefix.Length..].Trim() : text;
}
