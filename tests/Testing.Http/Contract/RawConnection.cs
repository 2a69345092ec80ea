using System.Net.Sockets;
using System.Text;

namespace Malten.Testing.Contract;

/// <summary>A socket, for tests in which bytes matter. Speaks HTTP/1.0 by default, so that bodies come unframed.</summary>
public sealed class RawConnection : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);
    private readonly Socket _socket;
    private readonly StringBuilder _read = new();
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private readonly byte[] _bytes = new byte[64 * 1024];
    private readonly char[] _characters = new char[64 * 1024 + 1];

    private RawConnection(Socket socket) => _socket = socket;

    public static async Task<RawConnection> OpenAsync(Uri address, int? receiveBuffer = null)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        if (receiveBuffer is { } bytes) socket.ReceiveBufferSize = bytes;
        await socket.ConnectAsync(address.Host, address.Port);
        return new RawConnection(socket);
    }

    public Task WriteAsync(string text) => WriteAsync(Encoding.Latin1.GetBytes(text));

    public async Task WriteAsync(byte[] bytes) => await _socket.SendAsync(bytes);

    /// <summary>Sends no more.</summary>
    public void EndWriting() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>Asks for a path; what comes back is not framed in chunks.</summary>
    public Task GetAsync(string pathAndQuery, string headers = "") =>
        WriteAsync($"GET {pathAndQuery} HTTP/1.0\r\nHost: localhost\r\n{headers}\r\n");

    /// <summary>Reads up to and including a text, and returns all that came since the last such call.</summary>
    public async Task<string> ReadToAsync(string end)
    {
        var searched = 0;
        while (true)
        {
            var from = Math.Max(0, searched - end.Length);
            var at = _read.ToString(from, _read.Length - from).IndexOf(end, StringComparison.Ordinal);
            if (at >= 0) return Take(from + at + end.Length);
            searched = _read.Length;
            Assert.True(await ReceiveAsync() > 0, $"The connection ended before '{end}', after '{_read}'.");
        }
    }

    /// <summary>Reads so many characters at least, or until the other side closes, and returns all that came since the last call.</summary>
    public async Task<string> ReadAsync(int characters)
    {
        while (_read.Length < characters && await ReceiveAsync() > 0)
        {
        }

        return Take(_read.Length);
    }

    /// <summary>Reads until the other side closes, and returns all that came since the last call.</summary>
    public async Task<string> ReadToEndAsync()
    {
        while (await ReceiveAsync() > 0)
        {
        }

        return Take(_read.Length);
    }

    /// <summary>Reads until the other side closes, and returns how many bytes came, with those that had come before.</summary>
    public async Task<long> SkipToEndAsync()
    {
        long count = Take(_read.Length).Length;
        try
        {
            for (int more; (more = await _socket.ReceiveAsync(_bytes).WaitAsync(Patience)) > 0; count += more)
            {
            }
        }
        catch (SocketException)
        {
            // reset: the other side has closed, too
        }

        return count;
    }

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }

    private string Take(int length)
    {
        var text = _read.ToString(0, length);
        _read.Remove(0, length);
        return text;
    }

    private async Task<int> ReceiveAsync()
    {
        try
        {
            var count = await _socket.ReceiveAsync(_bytes).WaitAsync(Patience);
            _read.Append(_characters, 0, _decoder.GetChars(_bytes, 0, count, _characters, 0));
            return count;
        }
        catch (SocketException)
        {
            return 0; // reset: the other side has closed, too
        }
    }
}
