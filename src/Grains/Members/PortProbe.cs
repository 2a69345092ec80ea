using System.Net.Sockets;

namespace Malten.Grains.Members;

/// <summary>Tells that a silo has certainly ended: its host is there, and refuses connections to its port.</summary>
internal interface IPortProbe
{
    /// <summary>Whether the silo's host refuses a connection. False when there is no answer, or another process accepts.</summary>
    Task<bool> RefusesAsync(SiloAddress silo, CancellationToken cancellationToken);
}

/// <summary>Connects to the port by TCP.</summary>
internal sealed class PortProbe : IPortProbe
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    /// <inheritdoc/>
    public async Task<bool> RefusesAsync(SiloAddress silo, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        try
        {
            // Without a free descriptor, this throws as well.
            using var socket = new Socket(silo.Endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(silo.Endpoint, limit.Token);
            return false;
        }
        catch (SocketException failure)
        {
            return failure.SocketErrorCode == SocketError.ConnectionRefused;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
