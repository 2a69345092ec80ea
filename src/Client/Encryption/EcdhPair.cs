using System.Runtime.Versioning;
using System.Security.Cryptography;

namespace Malten.Client.Encryption;

/// <summary>A key pair on P-256, and the secret that it shares with another's public key.</summary>
[UnsupportedOSPlatform("browser")]
internal sealed class EcdhPair : IDisposable
{
    /// <summary>The length of an uncompressed point: 04, x, y.</summary>
    public const int PublicLength = 65;

    private const byte Uncompressed = 4;
    private const int CoordinateLength = 32;

    private readonly ECDiffieHellman _key;

    /// <param name="key">The pair; it is disposed with this.</param>
    public EcdhPair(ECDiffieHellman key)
    {
        var point = key.ExportParameters(includePrivateParameters: false).Q;
        (_key, PublicBytes) = (key, Bytes.Join([Uncompressed], point.X!, point.Y!));
    }

    public byte[] PublicBytes { get; }

    public static EcdhPair New() => new(ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256));

    /// <summary>The x coordinate of the shared point.</summary>
    /// <exception cref="CryptographicException">Theirs is no point on the curve.</exception>
    public byte[] Agree(ReadOnlySpan<byte> theirs)
    {
        if (theirs.Length != PublicLength || theirs[0] != Uncompressed) throw new CryptographicException("This is no point.");
        using var other = ECDiffieHellman.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            Q = new ECPoint { X = theirs.Slice(1, CoordinateLength).ToArray(), Y = theirs[(1 + CoordinateLength)..].ToArray() },
        });
        using var key = other.PublicKey;
        return _key.DeriveRawSecretAgreement(key);
    }

    public void Dispose() => _key.Dispose();
}
