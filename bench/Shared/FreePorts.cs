using System.Net;
using System.Net.Sockets;

namespace Malten.Bench;

/// <summary>Finds ports on which nothing is listening.</summary>
internal static class FreePorts
{
    /// <summary>First ports of <paramref name="count"/> runs of <paramref name="length"/> free ports each.</summary>
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
