using System.Runtime.Versioning;
using System.Security.Cryptography;

namespace Malten.Client.Encryption;

/// <summary>Seals and opens messages of an encrypted stream: the format <c>enc2</c> of docs/encryption.md.</summary>
[UnsupportedOSPlatform("browser")]
internal sealed class Enc2(Enc2Keys keys)
{
    private const int SignatureLength = 64;
    private const DSASignatureFormat RAndS = DSASignatureFormat.IeeeP1363FixedFieldConcatenation;
    private static readonly int[] Sizes = [512, 1024, 2048, 4576];

    /// <summary>Seals a message, and says by which hash others refer to it and what its author signed: body and signature.</summary>
    public (string Message, string Hash, byte[] Signed) Seal(ECDsa author, Guid id, Enc2Content content)
    {
        var (context, body) = (Context(id), content.Encode());
        var signature = author.SignData(Bytes.Join(context, body), HashAlgorithmName.SHA256, RAndS);
        var message = SealSigned(RandomNumberGenerator.GetBytes(Bytes.IvLength), id, body, signature);
        return (message, HashOf(context, body), Bytes.Join(body, signature));
    }

    /// <summary>Seals what was signed before, with a given IV.</summary>
    public string SealSigned(byte[] iv, Guid id, byte[] body, byte[] signature)
    {
        var padded = Bytes.Pad(Bytes.Join(body, signature), Sizes);
        return Bytes.Prefix + Bytes.ToBase64Url(Bytes.Join(iv, Bytes.Encrypt(keys.MessageKey, iv, Context(id), padded)));
    }

    /// <summary>Opens a message. Its content is null when there is a fault.</summary>
    public (Enc2Content? Content, string Hash, SealFault Fault) Open(Guid id, string message)
    {
        var context = Context(id);
        if (Bytes.FromSealed(message) is not { Length: > Bytes.IvLength } bytes
            || Bytes.Decrypt(keys.MessageKey, bytes.AsSpan(0, Bytes.IvLength), context, bytes.AsSpan(Bytes.IvLength)) is not { } plain)
            return (null, "", SealFault.Sealed);
        return Read(id, plain);
    }

    /// <summary>Reads what an author signed as the message with this id. Its content is null when there is a fault.</summary>
    public (Enc2Content? Content, string Hash, SealFault Fault) Read(Guid id, byte[] plain)
    {
        var context = Context(id);
        try
        {
            var fields = new Fields(plain);
            var content = Enc2Content.Decode(ref fields);
            var body = plain[..fields.Taken];
            var signature = fields.Take(SignatureLength);
            fields.End();
            return IsSigned(content.Author, Bytes.Join(context, body), signature) ? (content, HashOf(context, body), default) : (null, "", SealFault.Signed);
        }
        catch (Exception broken) when (broken is FormatException or ArgumentException or CryptographicException)
        {
            return (null, "", SealFault.Signed); // a length, a text that is not UTF-8, a key off the curve
        }
    }

    /// <summary>The public key of an author, as messages name it.</summary>
    public static string NameOf(ECDsa author)
    {
        var point = author.ExportParameters(includePrivateParameters: false).Q;
        return Bytes.ToBase64Url(Bytes.Join(point.X!, point.Y!));
    }

    /// <exception cref="ArgumentException">The author's key is not on the curve.</exception>
    /// <exception cref="CryptographicException">The same.</exception>
    public static bool IsSigned(string author, byte[] signed, ReadOnlySpan<byte> signature)
    {
        var point = Bytes.FromBase64Url(author)!;
        using var key = ECDsa.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256, Q = new ECPoint { X = point[..32], Y = point[32..] },
        });
        return key.VerifyData(signed, signature, HashAlgorithmName.SHA256, RAndS);
    }

    private static string HashOf(byte[] context, byte[] body) => Bytes.ToBase64Url(Bytes.Sha256(context, body));

    /// <summary>What the message belongs to: authenticated with the ciphertext, signed, and part of the hash.</summary>
    private byte[] Context(Guid id) => Bytes.Utf8($"malten enc2 message\n{keys.Stream}\n{id}\n");
}

/// <summary>What can be wrong with a sealed message.</summary>
internal enum SealFault
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>It was sealed with another key, changed or moved.</summary>
    Sealed,

    /// <summary>Its author did not sign it, or it is not well formed.</summary>
    Signed,
}
