using System.Buffers.Binary;
using System.Buffers.Text;
using System.Text;

namespace Malten.Client.Encryption;

/// <summary>Takes fields off the front of bytes. Each method throws a <see cref="FormatException"/> when too few are left.</summary>
internal ref struct Fields(ReadOnlySpan<byte> bytes)
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>How many bytes were taken.</summary>
    public int Taken { get; private set; }

    public readonly ReadOnlySpan<byte> Rest => _bytes[Taken..];

    public ReadOnlySpan<byte> Take(int length)
    {
        if (Rest.Length < length) throw new FormatException("Too short.");
        var taken = _bytes.Slice(Taken, length);
        Taken += length;
        return taken;
    }

    public byte TakeByte() => Take(1)[0];

    public int TakeUInt16() => BinaryPrimitives.ReadUInt16BigEndian(Take(2));

    public uint TakeUInt32() => BinaryPrimitives.ReadUInt32BigEndian(Take(4));

    public ulong TakeUInt64() => BinaryPrimitives.ReadUInt64BigEndian(Take(8));

    public string TakeHash() => Base64Url.EncodeToString(Take(32));

    /// <summary>A text after its length of one byte.</summary>
    public string TakeShortText(int most) => Text(TakeByte(), most);

    /// <summary>A text after its length of two bytes.</summary>
    public string TakeText(int most) => Text(TakeUInt16(), most);

    /// <exception cref="FormatException">What is left is not zeros.</exception>
    public readonly void End()
    {
        if (Rest.ContainsAnyExcept((byte)0)) throw new FormatException("Not padded with zeros.");
    }

    /// <summary>The characters of a text: Unicode scalar values.</summary>
    public static int Characters(string text)
    {
        var count = 0;
        foreach (var _ in text.EnumerateRunes()) count++;
        return count;
    }

    private string Text(int length, int most)
    {
        var text = Strict.GetString(Take(length)); // throws an ArgumentException
        return Characters(text) <= most ? text : throw new FormatException("Too long.");
    }
}
