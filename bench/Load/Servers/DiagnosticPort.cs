using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace Malten.Bench.Load.Servers;

/// <summary>
/// What a .NET process can be asked from outside: here, to collect its garbage. It does when somebody begins to trace the
/// runtime with the keyword for it (dotnet/diagnostics, ipc-protocol.md; CLR ETW keywords, GCHeapCollect).
/// </summary>
internal static class DiagnosticPort
{
    private const byte EventPipe = 2;
    private const byte CollectTracing = 3;
    private const byte StopTracing = 1;
    private const byte Succeeded = 0;
    private const uint NetTraceFormat = 1;
    private const ulong GCHeapCollect = 0x800000;
    private const uint Informational = 4;
    private const int HeaderLength = 20;

    private static readonly TimeSpan Collection = TimeSpan.FromSeconds(1);

    /// <summary>Has a process make a full, blocking collection, and returns when that should be done.</summary>
    public static void CollectGarbage(int process)
    {
        using var trace = Ask(process, CollectTracing, Describe(), out var session);
        Thread.Sleep(Collection);
        using (Ask(process, StopTracing, session, out _))
        {
            // The process ends the trace once all of it was read.
            var rest = new byte[64 * 1024];
            while (trace.Receive(rest) > 0) { }
        }
    }

    private static Socket Ask(int process, byte command, byte[] payload, out byte[] answer)
    {
        var path = Directory.GetFiles(Path.GetTempPath(), $"dotnet-diagnostic-{process}-*-socket") is [var found, ..]
            ? found
            : throw new InvalidOperationException($"Process {process} has no diagnostic port.");
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(path));
        using var message = new MemoryStream();
        message.Write("DOTNET_IPC_V1\0"u8);
        Write(message, (ushort)(HeaderLength + payload.Length));
        message.Write([EventPipe, command, 0, 0]);
        message.Write(payload);
        socket.Send(message.ToArray());

        var header = Receive(socket, HeaderLength);
        answer = Receive(socket, BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(14)) - HeaderLength);
        return header[17] == Succeeded ? socket : throw new InvalidOperationException($"Process {process} refuses to be traced.");
    }

    /// <summary>What to trace: one provider, with one keyword.</summary>
    private static byte[] Describe()
    {
        using var payload = new MemoryStream();
        Write(payload, 1u); // megabytes of buffer
        Write(payload, NetTraceFormat);
        payload.WriteByte(0); // no rundown
        Write(payload, 1u);
        Write(payload, GCHeapCollect);
        Write(payload, Informational);
        Write(payload, "Microsoft-Windows-DotNETRuntime");
        Write(payload, "");
        return payload.ToArray();
    }

    private static byte[] Receive(Socket socket, int length)
    {
        var bytes = new byte[length];
        for (var read = 0; read < length;)
            read += socket.Receive(bytes.AsSpan(read)) is > 0 and var more
                ? more
                : throw new InvalidOperationException("A diagnostic port was closed.");
        return bytes;
    }

    private static void Write(MemoryStream stream, ushort value) => stream.Write(BitConverter.GetBytes(value));

    private static void Write(MemoryStream stream, uint value) => stream.Write(BitConverter.GetBytes(value));

    private static void Write(MemoryStream stream, ulong value) => stream.Write(BitConverter.GetBytes(value));

    private static void Write(MemoryStream stream, string value)
    {
        Write(stream, (uint)value.Length + 1);
        stream.Write(Encoding.Unicode.GetBytes(value + '\0'));
    }
}
