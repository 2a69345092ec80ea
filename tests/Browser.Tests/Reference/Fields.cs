using System.Text;

namespace Malten.Browser.Tests.Reference;

/// <summary>Takes fields off the front of bytes.</summary>
public sealed class Fields(byte[] bytes)
{
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    public int Taken { get; private set; }

    public byte[] Take(int length) => bytes[Taken..(Taken += length)];

    public long BigEndian(int length) => Take(length).Aggregate(0L, (sum, one) => (sum << 8) | one);

    /// <summary>A text after its length, which has <paramref name="size"/> bytes.</summary>
    public string Text(int size) => Strict.GetString(Take((int)BigEndian(size)));

    /// <exception cref="FormatException">The rest is not zeros.</exception>
    public void End()
    {
        if (bytes[Taken..].Any(one => one != 0)) throw new FormatException("not padded with zeros");
    }
}
