using System.Security.Cryptography;
using System.Text;
using Malten.Gateway.Answers;
using Microsoft.Extensions.Options;

namespace Malten.Gateway.Calls;

/// <summary>
/// The servers that two pages may ask how to reach each other, with credentials that end by themselves: the relay computes the
/// same from the secret that it shares with this node, so that neither has to tell the other anything.
/// </summary>
/// <remarks>draft-uberti-behave-turn-rest-00, which coturn reads as <c>use-auth-secret</c>.</remarks>
internal sealed class TurnCredentials(IOptions<CallOptions> options, TimeProvider time)
{
    /// <summary>How long credentials last. A relay asks for them when a call begins and when it is refreshed.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    private const int NameBytes = 9;

    private readonly string[] _stun = [.. options.Value.Urls().Where(url => !url.Relays).Select(url => url.Text)];
    private readonly string[] _turn = [.. options.Value.Urls().Where(url => url.Relays).Select(url => url.Text)];
    private readonly byte[] _secret = Encoding.ASCII.GetBytes(options.Value.TurnSecret);

    /// <summary>What a holder of a seat is handed.</summary>
    public IEnumerable<IceServer> For(string seat)
    {
        if (_stun.Length > 0) yield return new IceServer(_stun);
        if (_turn.Length == 0) yield break;
        var username = $"{(time.GetUtcNow() + Lifetime).ToUnixTimeSeconds()}:{NameOf(seat)}";
        // SHA-1 is what the scheme says; as an HMAC it is not broken.
#pragma warning disable CA5350
        var credential = Convert.ToBase64String(HMACSHA1.HashData(_secret, Encoding.ASCII.GetBytes(username)));
#pragma warning restore CA5350
        yield return new IceServer(_turn, username, credential);
    }

    /// <summary>The same for one seat each time, so that the relay can count what it uses; it tells nothing of the pipe.</summary>
    private string NameOf(string seat) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(_secret, Encoding.UTF8.GetBytes("seat\n" + seat)).AsSpan(0, NameBytes));
}
