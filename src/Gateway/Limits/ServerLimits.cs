using System.Net.Sockets;
using Malten.Gateway.Requests;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Malten.Gateway.Limits;

/// <summary>
/// What the server receives of a connection and holds for it, besides what requests are counted for. The defaults
/// of Kestrel and Linux are for few connections that are known; here, thousands may be hostile.
/// </summary>
internal static class ServerLimits
{
    /// <summary>How long a client may take to send the headers of a request.</summary>
    private static readonly TimeSpan HeadersTime = TimeSpan.FromSeconds(15);

    /// <summary>The longest headers of a request together; as much of an incomplete request is held.</summary>
    private const int HeadersBytes = 16 * 1024;

    /// <summary>
    /// How much is received of a connection before anything reads it. By default it is a megabyte, which every listener that goes
    /// on sending could take.
    /// </summary>
    private const int ReadAheadBytes = 8 * 1024;

    /// <summary>
    /// How much the server takes to send on a connection before whoever writes has to wait, 64 KiB by default; what is written at
    /// once comes on top. Over HTTP/1.1, this and not <see cref="KestrelServerLimits.MaxResponseBufferSize"/> is what counts.
    /// </summary>
    public const int WriteAheadBytes = 16 * 1024;

    /// <summary>
    /// How much the system holds of what a connection has been sent and has not taken; Linux doubles it. By itself it may hold
    /// four megabytes for each client that asks for a long page and reads nothing.
    /// </summary>
    private const int SendBufferBytes = 128 * 1024;

    /// <summary>
    /// How much of that Linux takes before the client has room for it (kernel documentation, "IP Sysctl", <c>tcp_notsent_lowat</c>);
    /// the last write comes on top. Without it, some thousand clients that read nothing reach the limit for all connections of the
    /// host (<c>tcp_mem</c>), from which on everybody is slowed down.
    /// </summary>
    private const int UnsentBytes = 16 * 1024;

    private const int TcpUnsent = 25; // TCP_NOTSENT_LOWAT in linux/tcp.h; .NET has no name for it

    /// <summary>How much a client may send ahead over HTTP/2, on a stream and on a connection (RFC 9113, 6.9).</summary>
    private const int WindowBytes = 64 * 1024;

    public static void LimitServer(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<ConnectionLimit>();
        builder.WebHost.UseSockets(static sockets =>
        {
            sockets.MaxReadBufferSize = ReadAheadBytes;
            sockets.MaxWriteBufferSize = WriteAheadBytes;
            sockets.CreateBoundListenSocket = static endpoint =>
            {
                var socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
                LimitSending(socket); // connections inherit it
                return socket;
            };
        });
        builder.WebHost.ConfigureKestrel(static kestrel =>
        {
            var limits = kestrel.Limits;
            limits.MaxRequestBodySize = limits.MaxRequestBufferSize = RequestBody.MaxBytes;
            limits.MaxResponseBufferSize = WriteAheadBytes;
            limits.RequestHeadersTimeout = HeadersTime;
            limits.MaxRequestHeadersTotalSize = HeadersBytes;
            limits.Http2.InitialConnectionWindowSize = limits.Http2.InitialStreamWindowSize = WindowBytes;
            kestrel.DisableStringReuse = true; // or an idle connection would keep the headers of its last request
            kestrel.ConfigureEndpointDefaults(CountConnections);
        });
    }

    private static void LimitSending(Socket listening)
    {
        listening.SendBufferSize = SendBufferBytes;
        if (!OperatingSystem.IsLinux() || listening.ProtocolType != ProtocolType.Tcp) return;
        try
        {
            listening.SetRawSocketOption((int)SocketOptionLevel.Tcp, TcpUnsent, BitConverter.GetBytes(UnsentBytes));
        }
        catch (SocketException)
        {
            // What only calls itself Linux may not have it.
        }
    }

    private static void CountConnections(ListenOptions endpoint)
    {
        var limit = endpoint.ApplicationServices.GetRequiredService<ConnectionLimit>();
        endpoint.Use(next => connection => limit.RunAsync(connection, next));
    }
}
