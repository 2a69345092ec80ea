using System.Net;
using System.Net.Sockets;

namespace Malten.Testing.Nodes;

/// <summary>Ports that nobody listens on now.</summary>
public static class FreePorts
{
    // Below the ports that the system gives to outgoing connections. No port is given out twice by one process: whoever got
    // one may not listen on it yet.
    private static int _next = Random.Shared.Next(20_000, 28_000);

    /// <summary>The first ports of so many runs of <paramref name="length"/> free ones.</summary>
    public static List<int> Find(int count, int length)
    {
        var found = new List<int>();
        while (found.Count < count)
        {
            var port = Interlocked.Add(ref _next, length) - length;
            if (Enumerable.Range(port, length).All(IsFree)) found.Add(port);
        }

        return found;
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Any, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
