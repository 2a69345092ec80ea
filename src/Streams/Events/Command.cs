using System.Text.Json.Serialization;
using Malten.Streams.Values;

namespace Malten.Streams.Events;

/// <summary>A prompt, sent to the listeners of a stream and to the responder.</summary>
/// <param name="Id">The id that an answer repeats in <see cref="Message.ReplyTo"/>.</param>
/// <param name="Address">The stream, and the seat from which the command came.</param>
/// <param name="Prompt">1–1024 characters.</param>
/// <param name="Created">When the command was given.</param>
/// <param name="Begun">When the stream began; <see cref="Timestamp.None"/> when the name was not in use.</param>
public sealed record Command(Guid Id, StreamAddress Address, string Prompt, Timestamp Created, Timestamp Begun)
{
    /// <summary>Whoever asks, and is charged for the answer.</summary>
    public ClientKey Client { get; init; }

    /// <summary>The timestamp of the message that it was posted as; <see cref="Timestamp.None"/> for one that was not posted.</summary>
    public Timestamp Posted { get; init; }

    /// <summary>A message that begins with this is also a command.</summary>
    public const string Prefix = "/malten ";

    /// <summary>What a user is told when a command is refused because the queue is full.</summary>
    public const string TooManyWaiting = "Too many commands are waiting for an answer; try again later.";

    /// <summary>What a user is told when a command did not reach whoever would have answered it.</summary>
    public const string Lost = "The command got lost on its way; ask again.";

    /// <summary>Checks a prompt.</summary>
    /// <exception cref="StreamRefusedException">It is blank, too long or encrypted.</exception>
    public static string CheckPrompt(string prompt, string parameter = "prompt")
    {
        if (string.IsNullOrWhiteSpace(prompt))
            throw StreamRefusedException.BadValue(parameter, "A command needs a prompt of 1 to 1024 characters.");
        if (MessageText.IsEncrypted(prompt))
            throw StreamRefusedException.BadValue(parameter, "A command can't be encrypted: whatever answers has to read it.");
        Characters.Check(prompt, StreamLimits.PromptLength, parameter);
        return prompt;
    }

    /// <summary>The prompt in a message that is also a command; null for any other message, and always for an answer.</summary>
    /// <exception cref="StreamRefusedException">The prompt is blank or encrypted.</exception>
    public static string? PromptIn(Draft draft) =>
        draft.ReplyTo is null && draft.Text.Value.StartsWith(Prefix, StringComparison.Ordinal)
            ? CheckPrompt(draft.Text.Value[Prefix.Length..].Trim(), "message")
            : null;
}

/// <summary>The payload of a command's event; members are spelled as on the wire.</summary>
/// <param name="Prompt">The prompt.</param>
/// <param name="Stream">The stream in which the command was given.</param>
public sealed record CommandPayload([property: JsonConverter(typeof(TextConverter))] string Prompt, string Stream);
