using System.Runtime.Versioning;
using System.Security.Cryptography;

namespace Malten.Client.Encryption;

/// <summary>ML-KEM-768 (FIPS 203), where the system has it.</summary>
[UnsupportedOSPlatform("browser")]
internal abstract class Kem
{
    public const int PublicLength = 1184;
    public const int CiphertextLength = 1088;
    public const int SecretLength = 32;

    /// <summary>The system's; null where it has none, as OpenSSL before 3.5.</summary>
    public static Kem? OfSystem { get; } = MLKem.IsSupported ? new SystemKem() : null;

    public abstract KemPair NewPair();

    /// <summary>A shared secret, and what the owner of the key finds it with.</summary>
    /// <exception cref="CryptographicException">It is no encapsulation key.</exception>
    public abstract (byte[] Secret, byte[] Ciphertext) Encapsulate(byte[] publicKey);

    private sealed class SystemKem : Kem
    {
        public override KemPair NewPair() => new SystemPair(MLKem.GenerateKey(MLKemAlgorithm.MLKem768));

        public override (byte[] Secret, byte[] Ciphertext) Encapsulate(byte[] publicKey)
        {
            using var key = MLKem.ImportEncapsulationKey(MLKemAlgorithm.MLKem768, publicKey);
            key.Encapsulate(out var ciphertext, out var secret);
            return (secret, ciphertext);
        }
    }

    private sealed class SystemPair(MLKem key) : KemPair(key.ExportEncapsulationKey())
    {
        public override byte[] Decapsulate(byte[] ciphertext) => key.Decapsulate(ciphertext);

        public override void Dispose() => key.Dispose();
    }
}

/// <summary>A pair of keys of ML-KEM-768.</summary>
/// <param name="publicKey">The encapsulation key.</param>
[UnsupportedOSPlatform("browser")]
internal abstract class KemPair(byte[] publicKey) : IDisposable
{
    public byte[] PublicKey { get; } = publicKey;

    /// <summary>The shared secret; another one, which nobody knows, if the ciphertext is not genuine.</summary>
    public abstract byte[] Decapsulate(byte[] ciphertext);

    public abstract void Dispose();
}
