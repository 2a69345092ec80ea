using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Malten.Testing.Hostile;

/// <summary>A connection to a node from a chosen address of loopback. It sends bytes as they are, right or wrong.</summary>
public sealed class AttackConnection : IDisposable
{
    private const int LongestHead = 8 * 1024;
    private static readonly byte[] EndOfHead = "\r\n\r\n"u8.ToArray();
    private static readonly byte[] EndOfChunks = "0\r\n\r\n"u8.ToArray();

    private readonly Socket _socket;
    private readonly byte[] _buffer = new byte[16 * 1024];
    private int _held; // bytes of the buffer that have been received and not taken
    private int _body; // the first of them, so many, that are lines of a body and no longer parts of chunks
    private long _chunk; // bytes of the chunk under way that have not been received
    private bool _isChunked;

    private AttackConnection(Socket socket) => _socket = socket;

    /// <summary>Connects.</summary>
    /// <param name="receiveBuffer">How many bytes the system may hold that were not read; null for its own choice.</param>
    /// <exception cref="SocketException">The node takes no connection.</exception>
    public static async Task<AttackConnection> OpenAsync(Uri node, IPAddress from, CancellationToken stop, int? receiveBuffer = null)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            // A closed connection must not keep its port for a minute: an attack needs more of them than there are.
            socket.LingerState = new LingerOption(true, 0);
            if (receiveBuffer is { } bytes) socket.ReceiveBufferSize = bytes;
            socket.Bind(new IPEndPoint(from, 0));
            await socket.ConnectAsync(IPAddress.Parse(node.Host), node.Port, stop);
            return new AttackConnection(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Sends bytes.</summary>
    public async Task SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken stop)
    {
        while (!bytes.IsEmpty) bytes = bytes[await _socket.SendAsync(bytes, stop)..];
    }

    /// <summary>Sends text, in Latin-1.</summary>
    public Task SendAsync(string text, CancellationToken stop) => SendAsync(Encoding.Latin1.GetBytes(text), stop);

    /// <summary>Sends no more.</summary>
    public void EndSending() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>Sends a request, reads its answer to the end and returns the status; 0 where the node closed without one.</summary>
    public async Task<int> AskAsync(ReadOnlyMemory<byte> request, CancellationToken stop)
    {
        await SendAsync(request, stop);
        return await ReadAnswerAsync(stop);
    }

    /// <summary>Reads an answer to its end and returns the status; 0 where the node closed before.</summary>
    public async Task<int> ReadAnswerAsync(CancellationToken stop)
    {
        if (await ReadHeadAsync(stop) is not { } head) return 0;
        if (head.Length is { } length) return await SkipAsync(length, stop) ? head.Status : 0;
        return !head.IsChunked || await SkipChunksAsync(stop) ? head.Status : 0;
    }

    /// <summary>Reads the head of an answer; null where the node closed before. What follows stays to be read.</summary>
    public async Task<AnswerHead?> ReadHeadAsync(CancellationToken stop)
    {
        int end;
        while ((end = _buffer.AsSpan(0, _held).IndexOf(EndOfHead)) < 0)
            if (_held > LongestHead || !await ReceiveAsync(stop))
                return null;
        var lines = Encoding.Latin1.GetString(_buffer, 0, end).Split("\r\n");
        Take(end + EndOfHead.Length);
        var head = AnswerHead.Parse(lines);
        (_isChunked, _body, _chunk) = (head.IsChunked, 0, 0);
        return head;
    }

    /// <summary>Reads a line of an answer's body, without its end; null where the body has ended.</summary>
    public async Task<string?> ReadLineAsync(CancellationToken stop)
    {
        int end;
        while ((end = _buffer.AsSpan(0, _body).IndexOf((byte)'\n')) < 0)
        {
            if (TryExtendBody()) continue;
            if (_held == _buffer.Length) TakeOfBody(_body); // a line that is longer is of no interest
            else if (!await ReceiveAsync(stop)) return null;
        }

        var line = Encoding.UTF8.GetString(_buffer, 0, end);
        TakeOfBody(end + 1);
        return line.TrimEnd('\r');
    }

    /// <summary>Reads whatever comes until the node closes.</summary>
    public async Task DrainAsync(CancellationToken stop)
    {
        do _held = 0;
        while (await ReceiveAsync(stop));
    }

    /// <summary>Closes at once, with a reset.</summary>
    public void Dispose() => _socket.Dispose();

    private async Task<bool> SkipAsync(long length, CancellationToken stop)
    {
        while (true)
        {
            var taken = (int)Math.Min(length, _held);
            Take(taken);
            if ((length -= taken) == 0) return true;
            if (!await ReceiveAsync(stop)) return false;
        }
    }

    // Nothing follows an answer before the next request, so it ends where what has come ends.
    private async Task<bool> SkipChunksAsync(CancellationToken stop)
    {
        while (!_buffer.AsSpan(0, _held).EndsWith(EndOfChunks))
        {
            Take(Math.Max(0, _held - EndOfChunks.Length));
            if (!await ReceiveAsync(stop)) return false;
        }

        _held = 0;
        return true;
    }

    /// <summary>Counts more of what has come to the body, without what frames its chunks; false when more has to come first.</summary>
    private bool TryExtendBody()
    {
        if (!_isChunked) _chunk = _held - _body;
        if (_chunk == 0 && !TryBeginChunk()) return false;
        var more = (int)Math.Min(_chunk, _held - _body);
        _body += more;
        _chunk -= more;
        return more > 0;
    }

    // The size in hexadecimal on a line, after the end of the line that ends the chunk before.
    private bool TryBeginChunk()
    {
        var rest = _buffer.AsSpan(_body, _held - _body);
        var begin = rest.StartsWith("\r\n"u8) ? 2 : 0;
        var length = rest[begin..].IndexOf("\r\n"u8);
        if (length <= 0) return false;
        _chunk = long.Parse(Encoding.ASCII.GetString(rest.Slice(begin, length)), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        var after = begin + length + 2;
        rest[after..].CopyTo(rest);
        _held -= after;
        return _chunk > 0;
    }

    private void TakeOfBody(int count)
    {
        Take(count);
        _body -= count;
    }

    private async Task<bool> ReceiveAsync(CancellationToken stop)
    {
        var count = await _socket.ReceiveAsync(_buffer.AsMemory(_held), stop);
        _held += count;
        return count > 0;
    }

    private void Take(int count)
    {
        _buffer.AsSpan(count, _held - count).CopyTo(_buffer);
        _held -= count;
    }
}

/// <summary>The head of an answer.</summary>
/// <param name="Status">The status code; 0 where there was none.</param>
/// <param name="Length">The length of the body in bytes, if the head says it.</param>
/// <param name="IsChunked">Whether the body comes in chunks.</param>
public sealed record AnswerHead(int Status, long? Length, bool IsChunked)
{
    /// <summary>Reads the lines of a head.</summary>
    internal static AnswerHead Parse(string[] lines)
    {
        _ = int.TryParse(lines[0].Split(' ').ElementAtOrDefault(1), CultureInfo.InvariantCulture, out var status);
        long? length = status is 204 or 304 ? 0 : null;
        var isChunked = false;
        foreach (var line in lines.Skip(1))
            if (line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase))
                length = long.Parse(line.AsSpan("Content-Length:".Length), CultureInfo.InvariantCulture);
            else if (line.StartsWith("Transfer-Encoding:", StringComparison.OrdinalIgnoreCase))
                isChunked = true;
        return new AnswerHead(status, length, isChunked);
    }
}
