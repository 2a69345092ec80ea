using System.Net;
using System.Net.Sockets;

namespace Malten.Testing.Nodes;

/// <summary>Ports that nobody listens on now.</summary>
public static class FreePorts
{
    /// <summary>The first ports of so many runs of <paramref name="length"/> free ones.</summary>
    public static List<int> Find(int count, int length)
    {
        var found = new List<int>();
        for (var port = Random.Shared.Next(20_000, 30_000); found.Count < count; port += length + 1)
            if (Enumerable.Range(port, length).All(IsFree))
                found.Add(port);
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
