using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Malten.Membership;

/// <summary>
/// Messages over a stream, each with an HMAC-SHA256 (RFC 2104) over its place in the order, its length and its bytes.
/// The keys, one a direction, come from the secret and the nonces of both sides (HKDF, RFC 5869): what was sent once,
/// in another connection, in another place or to the other side does not pass. One caller may send, and one receive.
/// </summary>
internal sealed class Channel : IAsyncDisposable
{
    private const int Header = 4;
    private const int Order = 8;
    private readonly Stream _stream;
    private readonly WireOptions _options;
    private readonly TimeProvider _time;
    private readonly byte[] _sendKey;
    private readonly byte[] _receiveKey;
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

    /// <summary>The asking side: both have shown that they know the secret when this ends.</summary>
    /// <exception cref="ChannelException">The other side does not, or is not the one that was meant.</exception>
    public static async Task<Channel> ConnectAsync(
        Stream stream, byte[] hello, WireOptions options, TimeProvider time, CancellationToken cancel)
    {
        await stream.WriteAsync(hello, cancel);
        var answer = await ReadHelloAsync(stream, cancel);
        if (Hello.Explain(hello, answer) is { } reason) throw new ChannelException(reason);
        var channel = new Channel(stream, hello, answer, true, options, time);
        await channel.SendAsync(ReadOnlyMemory<byte>.Empty, cancel);
        try
        {
            await channel.ReceiveAsync(0, cancel);
        }
        catch (EndOfStreamException)
        {
            throw new ChannelException("it ended the connection, as it does when it knows another secret");
        }

        return channel;
    }

    /// <summary>The seed's side. It says nothing to who does not begin as expected.</summary>
    /// <exception cref="ChannelException">The other side does not know the secret, or means another seed.</exception>
    public static async Task<Channel> AcceptAsync(
        Stream stream, byte[] hello, WireOptions options, TimeProvider time, CancellationToken cancel)
    {
        var other = await ReadHelloAsync(stream, cancel);
        if (!Hello.IsHello(other)) throw new ChannelException("it speaks another protocol");
        await stream.WriteAsync(hello, cancel);
        if (Hello.Explain(hello, other) is { } reason) throw new ChannelException(reason);
        var channel = new Channel(stream, other, hello, false, options, time);
        await channel.ReceiveAsync(0, cancel);
        await channel.SendAsync(ReadOnlyMemory<byte>.Empty, cancel);
        return channel;
    }

    public async Task SendAsync(ReadOnlyMemory<byte> message, CancellationToken cancel)
    {
        var frame = new byte[Order + Header + message.Length + HMACSHA256.HashSizeInBytes];
        BinaryPrimitives.WriteUInt64BigEndian(frame, _sent++);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(Order), message.Length);
        message.CopyTo(frame.AsMemory(Order + Header));
        var signed = Order + Header + message.Length;
        HMACSHA256.HashData(_sendKey, frame.AsSpan(0, signed), frame.AsSpan(signed));
        // The place in the order is not sent: both sides count.
        await _stream.WriteAsync(frame.AsMemory(Order), cancel);
    }

    /// <summary>The next message.</summary>
    /// <exception cref="ChannelException">It is longer than <paramref name="limit"/>, or not from who knows the
    /// secret.</exception>
    /// <exception cref="IOException">The connection has ended.</exception>
    /// <exception cref="OperationCanceledException">It took too long.</exception>
    public async Task<byte[]> ReceiveAsync(int limit, CancellationToken cancel)
    {
        var head = new byte[Order + Header];
        BinaryPrimitives.WriteUInt64BigEndian(head, _received++);
        await ReadAsync(head.AsMemory(Order, 1), _options.IdleTimeout, cancel);
        await ReadAsync(head.AsMemory(Order + 1), _options.FrameTimeout, cancel);
        var length = BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(Order));
        if (length < 0 || length > limit)
            throw new ChannelException($"a message of {(uint)length} bytes, at most {limit} may be");

        var frame = new byte[head.Length + length + HMACSHA256.HashSizeInBytes];
        head.CopyTo(frame, 0);
        await ReadAsync(frame.AsMemory(head.Length), _options.FrameTimeout, cancel);
        var signed = head.Length + length;
        if (!CryptographicOperations.FixedTimeEquals(
            HMACSHA256.HashData(_receiveKey, frame.AsSpan(0, signed)), frame.AsSpan(signed)))
            throw new ChannelException("it does not know the secret, or bytes were changed or sent again");
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
