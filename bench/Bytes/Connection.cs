using System.Net;
using System.Net.Sockets;

namespace Malten.Bench.Bytes;

/// <summary>Opens connections on loopback.</summary>
internal static class Connection
{
    public static Socket To(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(IPAddress.Loopback, port);
        return socket;
    }
}
