using System.Net;
using System.Net.Sockets;

namespace Malten.Bench.Load.Engine;

/// <summary>A TCP connection to the server under load that one reactor reads.</summary>
internal abstract class Connection : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
    {
        NoDelay = true,
    };

    protected Connection(int port)
    {
        _socket.Connect(IPAddress.Loopback, port);
        Descriptor = (int)_socket.SafeHandle.DangerousGetHandle();
    }

    public int Descriptor { get; }

    /// <summary>There is something to read; <paramref name="buffer"/> is the reactor's, for this call alone.</summary>
    /// <returns>False when the connection has ended.</returns>
    public abstract bool OnReadable(Span<byte> buffer);

    /// <summary>The server has ended the connection or broken it.</summary>
    public abstract void OnEnded(string why);

    public void Dispose() => _socket.Dispose();

    protected void Send(ReadOnlySpan<byte> bytes) => Libc.Send(Descriptor, bytes);
}
