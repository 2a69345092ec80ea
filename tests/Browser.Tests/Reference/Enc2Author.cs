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

    /// <summary>The next message, written now, after those of others whose hashes are given.</summary>
    public (string Id, string Message, string Hash) Write(string text, params string[] seen) => Write(text, DateTimeOffset.UtcNow, seen);

    /// <inheritdoc cref="Write(string, string[])"/>
    public (string Id, string Message, string Hash) Write(string text, DateTimeOffset time, params string[] seen)
    {
        var id = Guid.NewGuid().ToString();
        var content = new Enc2Content(Id, Number++, Skipped, time.ToUnixTimeMilliseconds(), _previous, seen, name, text);
        _previous = stream.HashOf(id, Enc2.Encode(content));
        Skipped = 0;
        return (id, stream.Seal(_key, id, content), _previous);
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
