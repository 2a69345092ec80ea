using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Malten.Browser.Tests.Hosting;

/// <summary>Waits for a relay that was just started. It opens a port for TCP some time before it opens it for UDP.</summary>
public static class RelayPort
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Returns once somebody takes a connection there.</summary>
    public static async Task TakesConnectionsAsync(IPEndPoint address)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            try
            {
                using var client = new TcpClient(address.AddressFamily);
                await client.ConnectAsync(address, patience.Token);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(Pause, patience.Token);
            }
        }
    }

    /// <summary>Returns once it says over UDP what it sees of us (a binding request, RFC 8489, 6).</summary>
    public static async Task AnswersAsync(IPEndPoint address)
    {
        using var patience = new CancellationTokenSource(Patience);
        byte[] request = [0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42, .. RandomNumberGenerator.GetBytes(12)];
        var answer = new byte[1500];
        while (true)
        {
            using var client = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            using var attempt = CancellationTokenSource.CreateLinkedTokenSource(patience.Token);
            try
            {
                await client.ConnectAsync(address, patience.Token);
                await client.SendAsync(request, patience.Token);
                attempt.CancelAfter(TimeSpan.FromSeconds(1)); // what came before the port was open may be lost without a word
                await client.ReceiveAsync(answer, attempt.Token);
                return;
            }
            catch (Exception fault) when (fault is SocketException || (fault is OperationCanceledException && !patience.IsCancellationRequested))
            {
                await Task.Delay(Pause, patience.Token);
            }
        }
    }
}
