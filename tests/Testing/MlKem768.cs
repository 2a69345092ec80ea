using System.Security.Cryptography;

namespace Malten.Testing;

/// <summary>
/// ML-KEM-768 from FIPS 203: .NET has it only with OpenSSL 3.5. It is for tests, not for use: it takes no care that its
/// timing says nothing about the keys. The names are those of the standard.
/// </summary>
public sealed class MlKem768
{
    public const int CiphertextLength = 1088;
    public const int PublicLength = 1184;

    private const int N = 256;
    private const int K = 3;
    private const int Q = 3329;
    private const int PolynomialLength = 384;

    private static readonly int[] Zetas = [.. Enumerable.Range(0, 128).Select(i => Power(17, Reverse(i)))];
    private static readonly int[] Gammas = [.. Enumerable.Range(0, 128).Select(i => Power(17, (2 * Reverse(i)) + 1))];

    private readonly byte[] _decryptionKey;
    private readonly byte[] _z;

    /// <summary>A pair of keys from its seed, d and z (algorithm 16).</summary>
    public MlKem768(byte[] seed)
    {
        var g = SHA3_512.HashData([.. seed[..32], K]);
        var (a, sigma) = (Matrix(g[..32]), g[32..]);
        var s = Each(i => Ntt(Noise(sigma, i)));
        var e = Each(i => Ntt(Noise(sigma, K + i)));
        PublicKey = [.. Each(i => Add(Dot(a[i], s), e[i])).SelectMany(one => Encode(one, 12)), .. g[..32]];
        _decryptionKey = [.. s.SelectMany(one => Encode(one, 12))];
        _z = seed[32..];
    }

    /// <summary>The encapsulation key.</summary>
    public byte[] PublicKey { get; }

    /// <summary>A shared secret, and what the owner of the key finds it with (algorithm 17).</summary>
    public static (byte[] Secret, byte[] Ciphertext) Encapsulate(byte[] publicKey, byte[] m)
    {
        var g = SHA3_512.HashData([.. m, .. SHA3_256.HashData(publicKey)]);
        return (g[..32], Encrypt(publicKey, m, g[32..]));
    }

    /// <summary>The shared secret of a ciphertext; another one, which nobody knows, if it is not genuine (algorithm 18).</summary>
    public byte[] Decapsulate(byte[] ciphertext)
    {
        var u = Each(i => Ntt(Decompress(Decode(ciphertext[(320 * i)..(320 * (i + 1))], 10), 10)));
        var v = Decompress(Decode(ciphertext[960..], 4), 4);
        var m = Encode(Compress(Subtract(v, InverseNtt(Dot(Polynomials(_decryptionKey), u))), 1), 1);
        var g = SHA3_512.HashData([.. m, .. SHA3_256.HashData(PublicKey)]);
        return Encrypt(PublicKey, m, g[32..]).AsSpan().SequenceEqual(ciphertext) ? g[..32] : Shake256.HashData([.. _z, .. ciphertext], 32);
    }

    private static byte[] Encrypt(byte[] publicKey, byte[] m, byte[] r)
    {
        var t = Polynomials(publicKey);
        var a = Matrix(publicKey[(K * PolynomialLength)..]);
        var y = Each(i => Ntt(Noise(r, i)));
        var u = Each(i => Add(InverseNtt(Dot([a[0][i], a[1][i], a[2][i]], y)), Noise(r, K + i)));
        var v = Add(Add(InverseNtt(Dot(t, y)), Noise(r, 2 * K)), Decompress(Decode(m, 1), 1));
        return [.. u.SelectMany(one => Encode(Compress(one, 10), 10)), .. Encode(Compress(v, 4), 4)];
    }

    private static int[][] Each(Func<int, int[]> make) => [.. Enumerable.Range(0, K).Select(make)];

    private static int[][] Polynomials(byte[] key) => Each(i => Decode(key[(PolynomialLength * i)..(PolynomialLength * (i + 1))], 12));

    private static int[][][] Matrix(byte[] rho) =>
        [.. Enumerable.Range(0, K).Select(i => Each(j => SampleNtt([.. rho, (byte)j, (byte)i])))];

    private static int[] SampleNtt(byte[] seed)
    {
        var stream = Shake128.HashData(seed, 168 * 8); // more than any sample needs
        var sample = new List<int>();
        for (var i = 0; sample.Count < N; i += 3)
        {
            int[] both = [stream[i] | ((stream[i + 1] & 15) << 8), (stream[i + 1] >> 4) | (stream[i + 2] << 4)];
            sample.AddRange(both.Where(one => one < Q));
        }

        return [.. sample.Take(N)];
    }

    private static int[] Noise(byte[] seed, int nonce)
    {
        var bits = Shake256.HashData([.. seed, (byte)nonce], 128).SelectMany(one => Enumerable.Range(0, 8).Select(bit => (one >> bit) & 1)).ToArray();
        return [.. Enumerable.Range(0, N).Select(i => Mod(bits[4 * i] + bits[(4 * i) + 1] - bits[(4 * i) + 2] - bits[(4 * i) + 3]))];
    }

    private static int[] Ntt(int[] polynomial)
    {
        var f = polynomial.ToArray();
        var i = 1;
        for (var length = 128; length >= 2; length /= 2)
        {
            for (var start = 0; start < N; start += 2 * length, i++)
            {
                for (var j = start; j < start + length; j++)
                {
                    var t = Zetas[i] * f[j + length] % Q;
                    (f[j], f[j + length]) = (Mod(f[j] + t), Mod(f[j] - t));
                }
            }
        }

        return f;
    }

    private static int[] InverseNtt(int[] polynomial)
    {
        var f = polynomial.ToArray();
        var i = 127;
        for (var length = 2; length <= 128; length *= 2)
        {
            for (var start = 0; start < N; start += 2 * length, i--)
            {
                for (var j = start; j < start + length; j++)
                    (f[j], f[j + length]) = (Mod(f[j] + f[j + length]), Mod(Zetas[i] * Mod(f[j + length] - f[j])));
            }
        }

        return [.. f.Select(one => one * 3303 % Q)];
    }

    private static int[] Dot(int[][] one, int[][] other) => Each(i => Multiply(one[i], other[i])).Aggregate(Add);

    private static int[] Multiply(int[] f, int[] g)
    {
        var h = new int[N];
        for (var i = 0; i < N; i += 2)
        {
            h[i] = Mod((f[i] * g[i]) + (f[i + 1] * g[i + 1] % Q * Gammas[i / 2]));
            h[i + 1] = Mod((f[i] * g[i + 1]) + (f[i + 1] * g[i]));
        }

        return h;
    }

    private static int[] Add(int[] one, int[] other) => [.. one.Zip(other, (a, b) => Mod(a + b))];

    private static int[] Subtract(int[] one, int[] other) => [.. one.Zip(other, (a, b) => Mod(a - b))];

    private static int[] Compress(int[] f, int bits) => [.. f.Select(one => (((one << bits) + (Q / 2)) / Q) & ((1 << bits) - 1))];

    private static int[] Decompress(int[] f, int bits) => [.. f.Select(one => ((one * Q) + (1 << (bits - 1))) >> bits)];

    private static byte[] Encode(int[] f, int bits)
    {
        var bytes = new byte[N * bits / 8];
        for (var i = 0; i < N * bits; i++) bytes[i / 8] |= (byte)(((f[i / bits] >> (i % bits)) & 1) << (i % 8));
        return bytes;
    }

    private static int[] Decode(byte[] bytes, int bits)
    {
        var f = new int[N];
        for (var i = 0; i < N * bits; i++) f[i / bits] |= ((bytes[i / 8] >> (i % 8)) & 1) << (i % bits);
        return bits == 12 ? [.. f.Select(Mod)] : f;
    }

    private static int Mod(int value) => ((value % Q) + Q) % Q;

    private static int Power(int value, int exponent) => Enumerable.Repeat(value, exponent).Aggregate(1, (product, one) => product * one % Q);

    private static int Reverse(int value) => Enumerable.Range(0, 7).Sum(bit => ((value >> bit) & 1) << (6 - bit));
}
