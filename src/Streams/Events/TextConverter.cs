using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Malten.Streams.Events;

/// <summary>
/// Writes a text as <see cref="Utf8JsonWriter"/> would. The writer escapes in arrays of a shared pool, which it gives back as
/// they are; here they are overwritten.
/// </summary>
/// <remarks>.NET documentation, "How to customize character encoding with System.Text.Json".</remarks>
internal sealed class TextConverter : JsonConverter<string>
{
    private const int MostEscaped = 6; // bytes for one, as in \u001f

    /// <inheritdoc/>
    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetString();

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options)
    {
        var encoder = writer.Options.Encoder ?? JavaScriptEncoder.Default;
        var text = Encoding.UTF8.GetBytes(value);
        if (encoder.FindFirstCharacterToEncodeUtf8(text) < 0)
        {
            writer.WriteStringValue(text);
            CryptographicOperations.ZeroMemory(text);
            return;
        }

        var escaped = new byte[(MostEscaped * text.Length) + 2];
        escaped[0] = (byte)'"';
        encoder.EncodeUtf8(text, escaped.AsSpan(1), out _, out var length);
        escaped[length + 1] = (byte)'"';
        writer.WriteRawValue(escaped.AsSpan(0, length + 2), skipInputValidation: true);
        CryptographicOperations.ZeroMemory(text);
        CryptographicOperations.ZeroMemory(escaped);
    }
}
