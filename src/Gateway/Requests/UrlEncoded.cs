using System.Buffers;
using System.Text;
using Malten.Streams.Values;

namespace Malten.Gateway.Requests;

/// <summary>
/// Reads <c>application/x-www-form-urlencoded</c> (WHATWG URL, section 5), in queries and bodies, and refuses what is not
/// UTF-8: the parsers of ASP.NET Core replace or keep such bytes, so that an altered message would be stored.
/// </summary>
internal static class UrlEncoded
{
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    public static void Parse(ReadOnlySpan<char> query, RequestParameters into)
    {
        var bytes = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(query.Length));
        Parse(bytes.AsSpan(0, Encoding.UTF8.GetBytes(query, bytes)), into);
        ArrayPool<byte>.Shared.Return(bytes, clearArray: true);
    }

    public static void Parse(ReadOnlySpan<byte> form, RequestParameters into)
    {
        while (!form.IsEmpty)
        {
            var end = form.IndexOf((byte)'&');
            var pair = end < 0 ? form : form[..end];
            form = end < 0 ? default : form[(end + 1)..];
            if (pair.IsEmpty) continue;
            var equals = pair.IndexOf((byte)'=');
            if (equals < 0) into.Add(Decode(pair), "");
            else into.Add(Decode(pair[..equals]), Decode(pair[(equals + 1)..]));
        }
    }

    private static string Decode(ReadOnlySpan<byte> encoded)
    {
        var decoded = ArrayPool<byte>.Shared.Rent(encoded.Length);
        try
        {
            var length = 0;
            for (var i = 0; i < encoded.Length; i++)
                decoded[length++] = encoded[i] switch
                {
                    (byte)'+' => (byte)' ',
                    (byte)'%' => ReadByte(encoded, ref i),
                    var other => other,
                };
            return Strict.GetString(decoded, 0, length);
        }
        catch (DecoderFallbackException)
        {
            throw new StreamRefusedException(Refusal.BadValue, "A value is not valid UTF-8.");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(decoded, clearArray: true);
        }
    }

    private static byte ReadByte(ReadOnlySpan<byte> encoded, ref int i)
    {
        if (i + 2 >= encoded.Length || !char.IsAsciiHexDigit((char)encoded[i + 1]) || !char.IsAsciiHexDigit((char)encoded[i + 2]))
            return (byte)'%'; // as the standard says: a percent sign that begins no encoded byte stands for itself
        i += 2;
        return (byte)((Convert.FromHexString(stackalloc char[] { (char)encoded[i - 1], (char)encoded[i] }))[0]);
    }
}
