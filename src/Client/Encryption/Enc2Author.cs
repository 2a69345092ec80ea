using System.Runtime.Versioning;
using System.Security.Cryptography;

namespace Malten.Client.Encryption;

/// <summary>Somebody who writes to an encrypted stream: a key, and the chain of what was written with it. Not safe for several threads.</summary>
[UnsupportedOSPlatform("browser")]
internal sealed class Enc2Author : IDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly Enc2 _stream;
    private readonly string _name;
    private Place _next = new(0, 0, Enc2Content.None);
    private Place _last = new(0, 0, Enc2Content.None);

    public Enc2Author(Enc2 stream, string name) => (_stream, _name, Id) = (stream, name, Enc2.NameOf(_key));

    /// <summary>The public key.</summary>
    public string Id { get; }

    /// <summary>What was signed of the message that was sealed last: body and signature.</summary>
    public byte[] Signed { get; private set; } = [];

    /// <summary>Seals the next message.</summary>
    public string Seal(Guid id, DateTimeOffset time, string text, IReadOnlyList<string> seen)
    {
        var content = new Enc2Content
        {
            Author = Id, Number = _next.Number, Skipped = _next.Skipped, Time = (ulong)time.ToUnixTimeMilliseconds(),
            Previous = _next.Previous, Seen = seen, Name = _name, Text = text,
        };
        (var message, var hash, Signed) = _stream.Seal(_key, id, content);
        (_last, _next) = (_next, new Place(_next.Number + 1, 0, hash));
        return message;
    }

    /// <summary>Settles the message that was sealed last, and will not be sent again: the next one says so.</summary>
    public void GiveUp() => _next = _next with { Skipped = Math.Min(_last.Skipped + 1, Enc2Content.MostSkipped), Previous = _last.Previous };

    /// <summary>Signs something that is no message.</summary>
    public byte[] Sign(byte[] statement) => _key.SignData(statement, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);

    public void Dispose() => _key.Dispose();

    /// <summary>Where the chain stands.</summary>
    private sealed record Place(uint Number, int Skipped, string Previous);
}
