using System.Runtime.Versioning;
using Malten.Client.Encryption;

namespace Malten.Client;

/// <summary>
/// An invitation to a pipe, <c>#/p/stream.seat.token</c>: it opens once, for one other person or machine. Reading it does not use it up.
/// </summary>
[UnsupportedOSPlatform("browser")]
public sealed class PipeLink : MaltenLink
{
    internal const int SecretLength = 16;

    internal PipeLink(Uri? node, string stream, string seat, byte[] secret, byte[] commitment) : base(node, stream) =>
        (Seat, Secret, Commitment) = (seat, secret, commitment);

    /// <summary>The joiner's secret of the pipe on the server.</summary>
    internal string Seat { get; }

    /// <summary>What every step of the handshake needs: 16 bytes, which servers never see.</summary>
    internal byte[] Secret { get; }

    /// <summary>What the inviter has committed to: 32 bytes.</summary>
    internal byte[] Commitment { get; }

    private protected override string Fragment => $"/p/{Stream}.{Seat}.{Bytes.ToBase64Url(Bytes.Join(Secret, Commitment))}";

    /// <summary>Reads an invitation to a pipe.</summary>
    /// <exception cref="FormatException">It is none, or damaged.</exception>
    public static new PipeLink Parse(string text) => MaltenLink.Parse(text) as PipeLink ?? throw new FormatException("This link opens no pipe.");

    /// <summary>The stream's name on the server, without secrets.</summary>
    public override string ToString() => $"pipe {Stream}";

    internal static PipeLink Of(Uri? node, string rest) =>
        rest.Split('.') is [{ Length: > 0 } stream, { Length: > 0 } seat, var token]
        && Bytes.FromBase64Url(stream) is not null && Bytes.FromBase64Url(seat) is not null
        && Bytes.FromBase64Url(token, SecretLength + Bytes.HashLength) is { } bytes
            ? new PipeLink(node, stream, seat, bytes[..SecretLength], bytes[SecretLength..])
            : throw IsDamaged();
}
