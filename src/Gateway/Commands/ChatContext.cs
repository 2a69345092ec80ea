using System.Runtime.CompilerServices;
using System.Text.Json;
using Malten.Streams.Events;
using Malten.Streams.Feeds;
using Malten.Streams.Values;
using OpenAI.Chat;

namespace Malten.Gateway.Commands;

/// <summary>Builds what the model is given: instructions, the stream's newest messages within a budget, and last the prompt.</summary>
internal static class ChatContext
{
    private const int PageSize = 64;

    private const string Instructions =
        """
        You are Malten, an assistant in an anonymous, ephemeral chat. Several people may be talking: "ann: hello" is a
        message of somebody who goes by ann, one without a name is anonymous, and nobody's name is verified. Answer the
        last message; those before it are what was said in this chat so far, and you know nothing else of it. Answer
        briefly, in the language of the question, in plain text, without a name in front.
        """;

    /// <summary>Reads at most <paramref name="characters"/> of the command's stream and appends the prompt.</summary>
    /// <exception cref="StreamRefusedException">The stream was a pipe and has ended.</exception>
    public static async Task<IReadOnlyList<ChatMessage>> BuildAsync(
        WaitingCommand waiting, int characters, CancellationToken cancellationToken)
    {
        var prompt = waiting.Command.Prompt;
        Message? asked = null;
        var newestFirst = new List<ChatMessage>();
        await foreach (var message in ReadAsync(waiting, cancellationToken))
        {
            // A command that was posted as a message is in the stream too, with its author's label; it is included only once.
            if (asked is null && IsCommand(message, prompt))
            {
                asked = message;
                continue;
            }

            if (MessageText.IsEncrypted(message.Text)) continue;
            characters -= message.Text.Length + (message.User?.Length ?? 0);
            if (characters < 0) break;
            newestFirst.Add(Turn(message));
        }

        newestFirst.Reverse();
        return [new SystemChatMessage(Instructions), .. newestFirst, new UserChatMessage(Named(asked?.User, prompt))];
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
                yield return JsonSerializer.Deserialize(frame.Payload.Span, WireJson.Default.Message)!;
            if (page.Count > 0) request = request with { Last = page[^1].Timestamp };
        }
        while (page.Count == PageSize);
    }

    private static ChatMessage Turn(Message message) => message is { User: ChatResponder.User, ReplyTo: not null }
        ? new AssistantChatMessage(message.Text)
        : new UserChatMessage(Named(message.User, Spoken(message.Text)));

    // In the text, not in the field "name": that allows only ASCII without spaces, and not every server supports it.
    private static string Named(string? user, string text) => user is null ? text : $"{user}: {text}";

    private static string Spoken(string text) =>
        text.StartsWith(Command.Prefix, StringComparison.Ordinal) ? text[Command.Prefix.Length..].Trim() : text;

    private static bool IsCommand(Message message, string prompt) => message.ReplyTo is null
        && message.Text.StartsWith(Command.Prefix, StringComparison.Ordinal) && Spoken(message.Text) == prompt;
}
