using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Malten.Bench.Load.Servers;

namespace Malten.Bench.Bytes;

/// <summary>
/// The least that a process can do with bytes that pass through it: it receives them from one connection and sends them to
/// another, 32 KiB at a time. A process of its own, as nodes are.
/// </summary>
internal sealed class TcpRelay : IDisposable
{
    /// <summary>The argument with which this program is the relay.</summary>
    public const string Verb = "relay";

    private readonly Process _process;
    private readonly int _port;

    public TcpRelay()
    {
        var start = new ProcessStartInfo("dotnet", [typeof(TcpRelay).Assembly.Location, Verb]) { RedirectStandardOutput = true, RedirectStandardInput = true };
        _process = Process.Start(start)!;
        _port = int.Parse(_process.StandardOutput.ReadLine()!, null);
    }

    public ProcessUsage Usage => new(_process.Id);

    /// <summary>Relays one pair of connections after another, the receiver's first, until its input ends.</summary>
    public static int Run()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Console.WriteLine(((IPEndPoint)listener.LocalEndpoint).Port);
        _ = Task.Run(async () =>
        {
            while (true)
            {
                using var receiver = await listener.AcceptSocketAsync();
                using var sender = await listener.AcceptSocketAsync();
                await PassAsync(sender, receiver);
            }
        });
        while (Console.In.Read() >= 0)
        {
        }

        return 0;
    }

    /// <summary>A connection to send on, and one to receive on.</summary>
    public (Socket Sender, Socket Receiver) Connect()
    {
        var receiver = Connection.To(_port);
        return (Connection.To(_port), receiver);
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }

    private static async Task PassAsync(Socket sender, Socket receiver)
    {
        try
        {
            var buffer = new byte[32 * 1024];
            while (await sender.ReceiveAsync(buffer) is > 0 and var count)
                for (var sent = 0; sent < count;)
                    sent += await receiver.SendAsync(buffer.AsMemory(sent, count - sent));
        }
        catch (SocketException)
        {
            // the round is over
        }
    }
}
