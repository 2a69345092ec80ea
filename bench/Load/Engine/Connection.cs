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

    /// <summary>Reads what has arrived. <paramref name="buffer"/> is valid only during the call.</summary>
    /// <returns>False when the connection has ended.</returns>
    public abstract bool OnReadable(Span<byte> buffer);

    /// <summary>Called when the server has closed or broken the connection.</summary>
    public abstract void OnEnded(string why);

    public void Dispose() => _socket.Dispose();

    protected void Send(ReadOnlySpan<byte> bytes) => Libc.Send(Descriptor, bytes);
}
