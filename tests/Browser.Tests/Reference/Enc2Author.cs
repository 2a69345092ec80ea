using System.Security.Cryptography;

namespace Malten.Browser.Tests.Reference;

/// <summary>Somebody who writes to an encrypted stream: a key, and the chain of what was written with it.</summary>
public sealed class Enc2Author(Enc2 stream, string name) : IDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private string _previous = Bytes.ToBase64Url(new byte[32]);

    public string Id => Bytes.ToBase64Url(Bytes.Point(_key.ExportParameters(false)).AsSpan(1));

    public long Number { get; private set; }

    /// <summary>How many numbers right before the next message are given up.</summary>
    public long Skipped { get; private set; }

    /// <summary>Where the chain stands; an author who writes two histories sets it back.</summary>
    public (long Number, string Previous) Place
    {
        get => (Number, _previous);
        set => (Number, _previous) = value;
    }

    /// <summary>What was signed for the message that was written last, with the signature: what an author hands over.</summary>
    public byte[] LastSigned { get; private set; } = [];

    /// <summary>Signs something else than a message.</summary>
    public byte[] Sign(byte[] bytes) => _key.SignData(bytes, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);

    /// <summary>The next message, written now, after those of others whose hashes are given.</summary>
    public (string Id, string Message, string Hash) Write(string text, params string[] seen) => Write(text, DateTimeOffset.UtcNow, seen);

    /// <inheritdoc cref="Write(string, string[])"/>
    public (string Id, string Message, string Hash) Write(string text, DateTimeOffset time, params string[] seen) =>
        WriteUnder(Guid.NewGuid().ToString(), text, time, seen);

    /// <summary>The next message, under an id that its author has chosen.</summary>
    public (string Id, string Message, string Hash) WriteUnder(string id, string text, DateTimeOffset time, params string[] seen)
    {
        var content = new Enc2Content(Id, Number++, Skipped, time.ToUnixTimeMilliseconds(), _previous, seen, name, text);
        var body = Enc2.Encode(content);
        var signature = stream.Sign(_key, id, body);
        (_previous, Skipped, LastSigned) = (stream.HashOf(id, body), 0, [.. body, .. signature]);
        return (id, stream.SealSigned(RandomNumberGenerator.GetBytes(12), id, body, signature), _previous);
    }

    /// <summary>Writes what does not count: the next message says that this one could not be sent.</summary>
    public (string Id, string Message, string Hash) GiveUp(string text)
    {
        var (previous, skipped) = (_previous, Skipped);
        var message = Write(text);
        (_previous, Skipped) = (previous, skipped + 1);
        return message;
    }

    public void Dispose() => _key.Dispose();
}
