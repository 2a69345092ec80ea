using System.Runtime.Versioning;
using System.Security.Cryptography;
using Malten.Client.Encryption;

namespace Malten.Client;

/// <content>What is encrypted end to end.</content>
public sealed partial class MaltenClient
{
    /// <summary>
    /// Joins an encrypted stream: reads its newest messages, with which those that come are compared. Everything about it is as in
    /// the page, so people there and programs here are in one room.
    /// </summary>
    /// <param name="link">Its link; the nodes are this client's, whatever the link names.</param>
    /// <param name="name">The name that stands in what is posted, encrypted: up to 32 characters. Null for none.</param>
    /// <exception cref="ArgumentException">The name is too long, or no Unicode.</exception>
    /// <exception cref="MaltenException">It was refused, or no node answered in time.</exception>
    [UnsupportedOSPlatform("browser")]
    public async Task<EncryptedRoom> JoinAsync(EncryptedLink link, string? name = null, CancellationToken cancellationToken = default)
    {
        var room = Join(link, name);
        try
        {
            await room.OpenAsync(null, cancellationToken).ConfigureAwait(false);
            return room;
        }
        catch
        {
            room.Dispose();
            throw;
        }
    }

    /// <summary>
    /// As <see cref="JoinAsync(EncryptedLink, string?, CancellationToken)"/>, but nothing is asked of a node before the room is listened to
    /// or something is posted: a program may begin before its node does.
    /// </summary>
    /// <param name="link">Its link; the nodes are this client's, whatever the link names.</param>
    /// <param name="name">The name that stands in what is posted, encrypted: up to 32 characters. Null for none.</param>
    /// <exception cref="ArgumentException">The name is too long, or no Unicode.</exception>
    [UnsupportedOSPlatform("browser")]
    public EncryptedRoom Join(EncryptedLink link, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(link);
        TextLimits.CheckName(name ?? "");
        return new EncryptedRoom(this, link, name ?? "", _options);
    }

    /// <summary>
    /// Takes part in a stream that leaves no trace: nothing is sent until the room is listened to, and as long as it is. Pages and
    /// programs are in one room.
    /// </summary>
    /// <param name="link">Its link; the nodes are this client's, whatever the link names.</param>
    /// <param name="name">The name that stands in what is posted, encrypted: up to 32 characters. Null for none.</param>
    /// <exception cref="ArgumentException">The name is too long, or no Unicode.</exception>
    [UnsupportedOSPlatform("browser")]
    public TraceRoom Join(TraceLink link, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(link);
        TextLimits.CheckName(name ?? "");
        return new TraceRoom(this, link, name ?? "", _options.TimeProvider);
    }

    /// <summary>Begins a pipe, and makes the link that opens it once, for one other person or machine.</summary>
    /// <param name="name">The name that stands in what is posted, encrypted: up to 32 characters. Null for none.</param>
    /// <param name="ttl">How long it lives after its last message: 1–86,400 whole seconds. Null takes the server's default, 1024 s.</param>
    /// <exception cref="ArgumentException">The name is too long, or the lifetime not in whole seconds.</exception>
    /// <exception cref="MaltenException">It was refused, or no node answered in time.</exception>
    [UnsupportedOSPlatform("browser")]
    public Task<EncryptedPipe> InviteAsync(string? name = null, TimeSpan? ttl = null, CancellationToken cancellationToken = default) =>
        InviteAsync(Kem.OfSystem, name, ttl, cancellationToken);

    /// <summary>
    /// Opens the link of a pipe: uses it up, as soon as the pipe is listened to. Ask whoever gave the link before you do so.
    /// </summary>
    /// <param name="link">The link; the nodes are this client's, whatever the link names.</param>
    /// <param name="name">The name that stands in what is posted, encrypted: up to 32 characters. Null for none.</param>
    /// <exception cref="ArgumentException">The name is too long, or no Unicode.</exception>
    [UnsupportedOSPlatform("browser")]
    public EncryptedPipe Join(PipeLink link, string? name = null) => Join(link, Kem.OfSystem, name);

    /// <inheritdoc cref="InviteAsync(string?, TimeSpan?, CancellationToken)"/>
    [UnsupportedOSPlatform("browser")]
    internal async Task<EncryptedPipe> InviteAsync(Kem? kem, string? name, TimeSpan? ttl, CancellationToken cancellationToken)
    {
        TextLimits.CheckName(name ?? "");
        var pipe = await BeginPipeAsync(ttl, cancellationToken).ConfigureAwait(false);
        var side = Pipe2Inviter.New(kem);
        var secrets = new PipeSecrets(pipe.Stream, RandomNumberGenerator.GetBytes(PipeLink.SecretLength), side.Commitment);
        var link = new PipeLink(_transport.Nodes.Current, pipe.Stream, pipe.Seats[1], secrets.Secret, secrets.Commitment);
        return new EncryptedPipe(this, _transport, link, pipe.Seats[0], new InviterHandshake(secrets, side), name ?? "", _options.TimeProvider);
    }

    /// <inheritdoc cref="Join(PipeLink, string?)"/>
    [UnsupportedOSPlatform("browser")]
    internal EncryptedPipe Join(PipeLink link, Kem? kem, string? name)
    {
        ArgumentNullException.ThrowIfNull(link);
        TextLimits.CheckName(name ?? "");
        var secrets = new PipeSecrets(link.Stream, link.Secret, link.Commitment);
        return new EncryptedPipe(this, _transport, link, link.Seat, new JoinerHandshake(secrets, kem), name ?? "", _options.TimeProvider);
    }
}
