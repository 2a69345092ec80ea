using System.Buffers;

namespace Malten.Streams.Values;

/// <summary>
/// The text of a message: not blank, at most 1024 characters. A text that begins with <c>enc2.</c> is encrypted: the rest
/// is base64url (RFC 4648, section 5), and it may have 6,144 characters in all. A longer text is refused, never truncated.
/// </summary>
public readonly record struct MessageText
{
    /// <summary>What an encrypted text begins with.</summary>
    public const string EncryptedPrefix = "enc2.";

    private static readonly SearchValues<char> Base64UrlCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    private MessageText(string value) => Value = value;

    /// <summary>The text as it was given.</summary>
    public string Value { get; }

    /// <summary>Whether a text is encrypted, going by its beginning.</summary>
    public static bool IsEncrypted(ReadOnlySpan<char> text) => text.StartsWith(EncryptedPrefix);

    /// <summary>Reads a text; <paramref name="parameter"/> is the name under which the caller gave it.</summary>
    /// <exception cref="StreamRefusedException">It is outside the limits.</exception>
    public static MessageText Parse(string value, string parameter = "message")
    {
        if (IsEncrypted(value))
        {
            CheckEncrypted(value, parameter);
            return new MessageText(value);
        }

        if (string.IsNullOrWhiteSpace(value))
            throw StreamRefusedException.BadValue(parameter, $"'{parameter}' is blank; give 1 to {StreamLimits.TextLength} characters.");
        Characters.Check(value, StreamLimits.TextLength, parameter);
        return new MessageText(value);
    }

    /// <inheritdoc/>
    public override string ToString() => "(text)"; // a text must not reach a log by interpolation

    private static void CheckEncrypted(string value, string parameter)
    {
        if (value.Length > StreamLimits.EncryptedLength)
            throw StreamRefusedException.BadValue(parameter,
                $"An encrypted '{parameter}' may have {StreamLimits.EncryptedLength} characters.");
        var data = value.AsSpan(EncryptedPrefix.Length);
        if (data.IsEmpty || data.Length % 4 == 1 || data.ContainsAnyExcept(Base64UrlCharacters))
            throw StreamRefusedException.BadValue(parameter,
                $"A '{parameter}' that begins with '{EncryptedPrefix}' must go on in base64url without padding.");
    }
}
