using System.Buffers.Text;
using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace Malten.Browser.Tests.Reference;

/// <summary>The keys of a secure pipe, written from docs/encryption.md; they share no code with the page.</summary>
public sealed class Pipe1
{
    private readonly Func<string, int, byte[]> _derive;

    public Pipe1(ECDiffieHellman own, byte[] theirs, byte[] inviter, byte[] joiner, byte[] secret, string stream)
    {
        using var other = ECDiffieHellman.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256, Q = new ECPoint { X = theirs[1..33], Y = theirs[33..] },
        });
        var shared = own.DeriveRawSecretAgreement(other.PublicKey);
        byte[] context = [.. inviter, .. joiner, .. Encoding.UTF8.GetBytes(stream)];
        _derive = (purpose, length) => HKDF.DeriveKey(HashAlgorithmName.SHA256, shared, length, secret,
            [.. Encoding.UTF8.GetBytes("malten pipe1 " + purpose), .. context]);
    }

    public byte[] ToJoiner => _derive("to joiner", 32);

    public byte[] ToInviter => _derive("to inviter", 32);

    public string Code => (new BigInteger(_derive("safety code", 8), isUnsigned: true, isBigEndian: true) % 100_000_000)
        .ToString("D8", CultureInfo.InvariantCulture);

    public string Prove(string word) =>
        Base64Url.EncodeToString(HMACSHA256.HashData(_derive("confirm", 32), Encoding.UTF8.GetBytes(word)));

    public static string Commit(byte[] inviter) =>
        Base64Url.EncodeToString(SHA256.HashData([.. "malten pipe1 commitment"u8, .. inviter]));

    public static byte[] PublicBytes(ECDiffieHellman key)
    {
        var point = key.ExportParameters(false).Q;
        return [4, .. point.X!, .. point.Y!];
    }
}
