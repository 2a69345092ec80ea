using System.Security.Cryptography;
using System.Text;
using Malten.Client.Encryption;

namespace Malten.Client.Tests;

/// <summary>The records of a pipe's byte streams are those of docs/encryption.md, and nothing else opens.</summary>
public sealed class ByteCipherTests
{
    private static readonly byte[] Secret = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];

    [Theory]
    [InlineData(true, 0, 0L, false)]
    [InlineData(false, 15, 0x0102030405060708L, true)]
    public void A_record_is_what_the_text_says(bool isInviters, int channel, long number, bool isEnd)
    {
        using var cipher = New(Secret, isInviters, channel);
        byte[] plain = [7, 8, 9];
        var purpose = Encoding.ASCII.GetBytes($"malten pipe2 bytes {(isInviters ? "inviter" : "joiner")} {channel}");
        var keys = HKDF.DeriveKey(HashAlgorithmName.SHA256, Secret, 44, [], purpose);
        byte[] header = [0, 0, 3, (byte)(isEnd ? 1 : 0), .. BitConverter.GetBytes(number).Reverse()];
        var iv = keys[32..];
        for (var i = 0; i < 8; i++) iv[4 + i] ^= header[4 + i];
        var (ciphertext, tag) = (new byte[3], new byte[16]);
        using var aes = new AesGcm(keys[..32], 16);
        aes.Encrypt(iv, plain, ciphertext, tag, header);
        var record = Seal(cipher, number, isEnd, plain);
        Assert.Equal((byte[])[.. header, .. ciphertext, .. tag], record);
        Assert.Equal((19, number, isEnd), ByteCipher.ReadHeader(record));
        var opened = new byte[3];
        Assert.Equal(3, cipher.Open(record.AsSpan(0, 12), record.AsSpan(12), opened));
        Assert.Equal(plain, opened);
    }

    [Fact]
    public void The_keys_of_a_stream_are_taken_once_and_the_secret_of_all_is_gone_at_once()
    {
        var secret = Secret.ToArray();
        using var keys = new ByteKeys(secret);
        Assert.Equal(new byte[32], secret);
        using var taken = keys.Take(isInviters: false, 15);
        using var same = New(Secret, false, 15);
        Assert.Equal(Seal(same, 0, false, [1, 2]), Seal(taken, 0, false, [1, 2]));
        Assert.Throws<InvalidOperationException>(() => keys.Take(false, 15));
        keys.Take(true, 15).Dispose();
        keys.Dispose();
        Assert.Throws<InvalidOperationException>(() => keys.Take(true, 0));
    }

    [Fact]
    public void What_was_changed_in_any_byte_does_not_open()
    {
        using var cipher = New(Secret, true, 0);
        var record = Seal(cipher, 1, false, [1, 2, 3]);
        for (var i = 0; i < record.Length; i++)
        {
            var changed = record.ToArray();
            changed[i] ^= 1;
            Assert.Throws<InvalidDataException>(() => Open(cipher, changed));
        }
    }

    [Fact]
    public void A_record_of_another_channel_direction_or_pipe_does_not_open()
    {
        using var cipher = New(Secret, true, 0);
        var record = Seal(cipher, 1, true, []);
        foreach (var other in (ByteCipher[])[New(Secret, false, 0), New(Secret, true, 1), New(new byte[32], true, 0)])
        {
            using (other) Assert.Throws<InvalidDataException>(() => Open(other, record));
        }
    }

    [Theory]
    [InlineData("from 0 57", ByteWordKind.From, 0, 57L)]
    [InlineData("have 15 9223372036854775807", ByteWordKind.Have, 15, long.MaxValue)]
    [InlineData("again 3 0", ByteWordKind.Again, 3, 0L)]
    [InlineData("stop 1 0", ByteWordKind.Stop, 1, 0L)]
    internal void A_word_is_read_as_it_is_written(string text, ByteWordKind kind, int channel, long number)
    {
        Assert.Equal(new ByteWord(kind, channel, number), ByteWord.Parse(text));
        Assert.Equal(text, $"{ByteWord.Parse(text)}");
    }

    [Theory]
    [InlineData("from 16 0")]
    [InlineData("from 0 -1")]
    [InlineData("from 0")]
    [InlineData("to 0 0")]
    [InlineData("")]
    public void What_is_no_word_is_not_heard(string text) => Assert.Null(ByteWord.Parse(text));

    private static ByteCipher New(byte[] secret, bool isInviters, int channel) => new(ByteCipher.DeriveKeys(secret, isInviters, channel));

    private static byte[] Seal(ByteCipher cipher, long number, bool isEnd, byte[] plain)
    {
        var record = new byte[ByteCipher.LongestSealed];
        return record[..cipher.Seal(number, isEnd, plain, record)];
    }

    private static void Open(ByteCipher cipher, byte[] record)
    {
        var (length, _, _) = ByteCipher.ReadHeader(record);
        if (length != record.Length - 12) throw new InvalidDataException("The length was changed.");
        cipher.Open(record.AsSpan(0, 12), record.AsSpan(12), new byte[ByteCipher.LongestRecord]);
    }
}
