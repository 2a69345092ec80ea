using System.Security.Cryptography;
using Malten.Client.Encryption;
using Malten.Testing;

namespace Malten.Client.Tests;

/// <summary>ML-KEM-768 for systems that have none, and with the randomness that a test vector gives.</summary>
internal sealed class ReferenceKem(byte[]? seed = null, byte[]? randomness = null) : Kem
{
    public override KemPair NewPair() => new Pair(new MlKem768(seed ?? RandomNumberGenerator.GetBytes(64)));

    public override (byte[] Secret, byte[] Ciphertext) Encapsulate(byte[] publicKey) =>
        MlKem768.Encapsulate(publicKey, randomness ?? RandomNumberGenerator.GetBytes(32));

    private sealed class Pair(MlKem768 pair) : KemPair(pair.PublicKey)
    {
        public override byte[] Decapsulate(byte[] ciphertext) => pair.Decapsulate(ciphertext);

        public override void Dispose()
        {
        }
    }
}
