namespace Malten.Streams;

/// <summary>A prompt that somebody put to whatever system listens to a stream and answers.</summary>
/// <param name="Id">The id that an answer names in <see cref="Message.ReplyTo"/>.</param>
/// <param name="Address">The stream, and the seat from which it was asked.</param>
/// <param name="Prompt">1–1024 characters.</param>
/// <param name="Created">Unix nanoseconds.</param>
/// <param name="Begun">When the stream began, as Unix nanoseconds; 0 when the name was not in use.</param>
public sealed record Command(Guid Id, StreamAddress Address, string Prompt, long Created, long Begun)
{
    /// <summary>A text that begins so is a command too.</summary>
    public const string Prefix = "/malten ";

    /// <summary>Checks a prompt.</summary>
    /// <exception cref="StreamRefusedException">It is blank or too long.</exception>
    public static string CheckPrompt(string prompt, string parameter = "prompt")
    {
        if (string.IsNullOrWhiteSpace(prompt))
            throw StreamRefusedException.BadValue(parameter, "A command needs a prompt of 1 to 1024 characters.");
        Characters.Check(prompt, StreamLimits.PromptLength, parameter);
        return prompt;
    }

    /// <summary>The prompt in a message that is also a command, or null when it is none. An answer never is.</summary>
    /// <exception cref="StreamRefusedException">The prompt is blank.</exception>
    public static string? PromptIn(Draft draft) =>
        draft.ReplyTo is null && draft.Text.Value.StartsWith(Prefix, StringComparison.Ordinal)
            ? CheckPrompt(draft.Text.Value[Prefix.Length..].Trim(), "message")
            : null;
}
