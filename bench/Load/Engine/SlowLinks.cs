using System.Net;
using System.Net.Sockets;

namespace Malten.Bench.Load.Engine;

/// <summary>
/// Listeners whose links carry 1 Mbit/s and take 200 ms for the way there and back: of each, 25 KB are taken every 200 ms, and the
/// system receives hardly more ahead. What they hear is not checked: where it is more than a link carries, they get gaps.
/// </summary>
internal sealed class SlowLinks : IDisposable
{
    private const int RoundTrip = 200; // ms
    private const int BytesInFlight = 1_000_000 / 8 * RoundTrip / 1000;
    private const int Turn = 10; // ms

    private readonly List<Socket> _links = [];
    private readonly byte[] _buffer = new byte[BytesInFlight];
    private readonly Thread _thread;
    private volatile bool _stopped;

    public SlowLinks(IReadOnlyList<int> ports, byte[] request, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var link = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = BytesInFlight };
            _links.Add(link);
            link.Connect(IPAddress.Loopback, ports[i % ports.Count]);
            link.Send(request);
            link.Blocking = false;
        }

        _thread = new Thread(Run) { IsBackground = true, Name = "slow links" };
        if (count > 0) _thread.Start();
    }

    /// <summary>How many of the links the server has closed.</summary>
    public int Ended { get; private set; }

    public void Dispose()
    {
        _stopped = true;
        if (_thread.IsAlive) _thread.Join();
        foreach (var link in _links) link.Dispose();
    }

    // A part of the links has its turn every 10 ms: what many send at once would come at once.
    private void Run()
    {
        for (var turn = 0; !_stopped; turn++)
        {
            for (var i = turn % (RoundTrip / Turn); i < _links.Count; i += RoundTrip / Turn) Read(_links[i]);
            Thread.Sleep(Turn);
        }
    }

    private void Read(Socket link)
    {
        var read = 0;
        while (read < BytesInFlight && link.Receive(_buffer, 0, BytesInFlight - read, SocketFlags.None, out var error) is var more)
        {
            if (error == SocketError.WouldBlock) return;
            if (more == 0)
            {
                Ended++;
                _links.Remove(link);
                link.Dispose();
                return;
            }

            read += more;
        }
    }
}
