using System.Collections;
using System.Text;

namespace Malten.Client.Connections;

/// <summary>The parameters of a request. Absent values are left out.</summary>
internal sealed class Parameters : IEnumerable<KeyValuePair<string, string>>
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly List<KeyValuePair<string, string>> _values = [];

    /// <exception cref="ArgumentException">The value is not well-formed UTF-16, so it could not be sent unchanged.</exception>
    public void Add(string name, string? value)
    {
        if (value is null) return;
        try
        {
            _ = Strict.GetByteCount(value);
        }
        catch (EncoderFallbackException broken)
        {
            throw new ArgumentException($"'{name}' has half of a surrogate pair.", name, broken);
        }

        _values.Add(new(name, value));
    }

    public string ToQuery() => string.Join('&', _values.Select(value => $"{value.Key}={Uri.EscapeDataString(value.Value)}"));

    public IEnumerator<KeyValuePair<string, string>> GetEnumerator() => _values.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
