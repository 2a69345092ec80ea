using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Malten.Membership.Wire;

/// <summary>
/// Sends and receives messages over a stream. Each message carries an HMAC-SHA256 (RFC 2104) over its sequence number,
/// its length and its bytes. The keys, one for each direction, are derived from the secret and the nonces of both sides
/// (HKDF, RFC 5869), so a message is rejected if it is replayed, in this connection or another, reordered, or
/// reflected. One caller may send while another receives.
/// </summary>
internal sealed class Channel : IAsyncDisposable
{
    private const int LengthSize = 4;
    private const int SequenceSize = 8;
    private readonly Stream _stream;
    private readonly WireOptions _options;
    private readonly TimeProvider _time;
    private readonly byte[] _sendKey;
    private readonly byte[] _receiveKey;

    // Waited with for as long as nothing comes. Elsewhere on the heap, it would keep the garbage collector from moving, and so
    // from giving back, what lies around it (docs/decisions/gone.md).
    private readonly byte[] _head = GC.AllocateArray<byte>(SequenceSize + LengthSize, pinned: true);

    private ulong _sent;
    private ulong _received;

    private Channel(Stream stream, byte[] first, byte[] second, bool isFirst, WireOptions options, TimeProvider time)
    {
        _stream = stream;
        _options = options;
        _time = time;
        var salt = SHA256.HashData([.. first, .. second]);
        var fromFirst = Key("from the asking side"u8);
        var fromSecond = Key("from the seed"u8);
        (_sendKey, _receiveKey) = isFirst ? (fromFirst, fromSecond) : (fromSecond, fromFirst);

        byte[] Key(ReadOnlySpan<byte> direction) =>
            HKDF.DeriveKey(HashAlgorithmName.SHA256, options.Secret.ToArray(), 32, salt, direction.ToArray());
    }

    /// <summary>
    /// Connects as the asking side. Both sides have proved that they know the secret when it returns.
    /// </summary>
    /// <exception cref="ChannelException">
    /// The other side does not know the secret or is not the intended seed.
    /// </exception>
    public static async Task<Channel> ConnectAsync(
        Stream stream, byte[] hello, WireOptions options, TimeProvider time, CancellationToken cancel)
    {
        await stream.WriteAsync(hello, cancel);
        var answer = await ReadHelloAsync(stream, cancel);
        if (Hello.FindMismatch(hello, answer) is { } reason) throw new ChannelException(reason);
        var channel = new Channel(stream, hello, answer, true, options, time);
        await channel.SendAsync(ReadOnlyMemory<byte>.Empty, cancel);
        try
        {
            await channel.ReceiveAsync(0, cancel);
        }
        catch (EndOfStreamException)
        {
            throw new ChannelException("it closed the connection, as it does when it has another secret");
        }

        return channel;
    }

    /// <summary>Accepts as the seed. It sends nothing to a peer that does not begin with a hello.</summary>
    /// <exception cref="ChannelException">The other side does not know the secret or wants another seed.</exception>
    public static async Task<Channel> AcceptAsync(
        Stream stream, byte[] hello, WireOptions options, TimeProvider time, CancellationToken cancel)
    {
        var other = await ReadHelloAsync(stream, cancel);
        if (!Hello.IsHello(other)) throw new ChannelException("it speaks another protocol");
        await stream.WriteAsync(hello, cancel);
        if (Hello.FindMismatch(hello, other) is { } reason) throw new ChannelException(reason);
        var channel = new Channel(stream, other, hello, false, options, time);
        await channel.ReceiveAsync(0, cancel);
        await channel.SendAsync(ReadOnlyMemory<byte>.Empty, cancel);
        return channel;
    }

    /// <summary>Sends a message.</summary>
    /// <exception cref="IOException">The connection has ended.</exception>
    public async Task SendAsync(ReadOnlyMemory<byte> message, CancellationToken cancel)
    {
        var frame = new byte[SequenceSize + LengthSize + message.Length + HMACSHA256.HashSizeInBytes];
        BinaryPrimitives.WriteUInt64BigEndian(frame, _sent++);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(SequenceSize), message.Length);
        message.CopyTo(frame.AsMemory(SequenceSize + LengthSize));
        var signed = SequenceSize + LengthSize + message.Length;
        HMACSHA256.HashData(_sendKey, frame.AsSpan(0, signed), frame.AsSpan(signed));
        // The sequence number is signed but not sent, because both sides count.
        await _stream.WriteAsync(frame.AsMemory(SequenceSize), cancel);
    }

    /// <summary>Receives the next message.</summary>
    /// <exception cref="ChannelException">
    /// The message is longer than <paramref name="limit"/> bytes, or its signature is wrong.
    /// </exception>
    /// <exception cref="IOException">The connection has ended.</exception>
    /// <exception cref="OperationCanceledException">The message took too long, or the call was cancelled.</exception>
    public async Task<byte[]> ReceiveAsync(int limit, CancellationToken cancel)
    {
        var head = _head;
        BinaryPrimitives.WriteUInt64BigEndian(head, _received++);
        await ReadAsync(head.AsMemory(SequenceSize, 1), _options.IdleTimeout, cancel);
        await ReadAsync(head.AsMemory(SequenceSize + 1), _options.FrameTimeout, cancel);
        var length = BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(SequenceSize));
        if (length < 0 || length > limit)
            throw new ChannelException($"its message has {(uint)length} bytes, and at most {limit} are allowed");

        var frame = new byte[head.Length + length + HMACSHA256.HashSizeInBytes];
        head.CopyTo(frame, 0);
        await ReadAsync(frame.AsMemory(head.Length), _options.FrameTimeout, cancel);
        var signed = head.Length + length;
        if (!CryptographicOperations.FixedTimeEquals(
            HMACSHA256.HashData(_receiveKey, frame.AsSpan(0, signed)), frame.AsSpan(signed)))
            throw new ChannelException("it does not know the secret, or its message was altered or replayed");
        return frame[head.Length..signed];
    }

    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    private static async Task<byte[]> ReadHelloAsync(Stream stream, CancellationToken cancel)
    {
        var hello = new byte[Hello.Length];
        await stream.ReadExactlyAsync(hello, cancel);
        return hello;
    }

    private async Task ReadAsync(Memory<byte> bytes, TimeSpan within, CancellationToken cancel)
    {
        using var deadline = new CancellationTokenSource(within, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancel);
        await _stream.ReadExactlyAsync(bytes, either.Token);
    }
}

/// <summary>The other side of a connection may not speak to this one, or cannot.</summary>
internal sealed class ChannelException(string reason) : IOException(reason);
