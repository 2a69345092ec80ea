using System.Net;
using System.Net.Sockets;

namespace Malten.Testing.Nodes;

/// <summary>
/// Ports that nobody listens on now. None is given out twice: whoever got one may not listen on it yet. A process takes them from
/// slices, each of which it holds for as long as it lives, so that rooms that run side by side don't take each other's.
/// </summary>
public static class FreePorts
{
    private const int First = 20_000;
    private const int Last = 32_768; // where the ports begin that the system gives to outgoing connections
    private const int Slice = 256;

    private static readonly Lock Gate = new();
    private static readonly List<FileStream> Slices = []; // held until the process ends, however it ends
    private static int _next;
    private static int _end;

    /// <summary>The first ports of so many runs of <paramref name="length"/> free ones.</summary>
    public static List<int> Find(int count, int length)
    {
        var found = new List<int>();
        lock (Gate)
        {
            while (found.Count < count)
            {
                if (_next + length > _end) TakeSlice();
                var port = _next;
                _next += length;
                if (Enumerable.Range(port, length).All(IsFree)) found.Add(port);
            }
        }

        return found;
    }

    private static void TakeSlice()
    {
        var (count, locks) = ((Last - First) / Slice, Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), $"malten-ports-{Environment.UserName}")));
        var start = Random.Shared.Next(count); // what was used lately may still be closing
        for (var i = 0; i < count; i++)
        {
            var slice = (start + i) % count;
            try
            {
                Slices.Add(new FileStream(
                    Path.Combine(locks.FullName, $"{slice}"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0));
                _next = First + (slice * Slice);
                _end = _next + Slice;
                return;
            }
            catch (IOException)
            {
                // another process has it, or this one
            }
        }

        throw new InvalidOperationException("All ports are taken by other tests.");
    }

    private static bool IsFree(int port)
    {
        try
        {
            // Bound, and not listening: a process that is just being started has a copy of it for a moment, which disturbs nobody.
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.Any, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
