using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Malten.Bench.Load.Engine;

namespace Malten.Bench.Load.Servers;

/// <summary>A server that this program starts on a loopback port, and stops.</summary>
internal sealed class ServerProcess : IServer, IDisposable
{
    private static readonly List<ServerProcess> Running = [];

    private readonly Process _process;
    private readonly Queue<string> _lastLines = new();

    private ServerProcess(string name, IDialect dialect, int port, ProcessStartInfo start)
    {
        (Name, Dialect, Ports) = (name, dialect, [port]);
        (start.RedirectStandardOutput, start.RedirectStandardError) = (true, true);
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Remember(line.Data);
        _process.ErrorDataReceived += (_, line) => Remember(line.Data);
        _process.Start();
        lock (Running) Running.Add(this);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public string Name { get; }

    public IDialect Dialect { get; }

    public IReadOnlyList<int> Ports { get; }

    /// <summary>The process.</summary>
    public int Id => _process.Id;

    /// <summary>The signal that stops it.</summary>
    public int StopSignal { get; init; } = Libc.Terminate;

    /// <summary>Processor time and memory of the process and its children.</summary>
    public ProcessUsage Usage => new(_process.Id);

    /// <summary>Returns a port on which nothing is listening.</summary>
    public static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    /// <summary>Starts a server and waits until it accepts connections.</summary>
    /// <exception cref="InvalidOperationException">The server did not accept connections within ten seconds.</exception>
    public static ServerProcess Start(string name, IDialect dialect, int port, ProcessStartInfo start)
    {
        var server = Launch(name, dialect, port, start);
        server.WaitUntilItAccepts(TimeSpan.FromSeconds(10));
        return server;
    }

    /// <summary>Starts a server without waiting for it.</summary>
    public static ServerProcess Launch(
        string name, IDialect dialect, int port, ProcessStartInfo start, int stopSignal = Libc.Terminate) =>
        new(name, dialect, port, start) { StopSignal = stopSignal };

    /// <summary>Waits until it accepts connections.</summary>
    /// <exception cref="InvalidOperationException">The server did not accept connections in time, and is stopped.</exception>
    public void WaitUntilItAccepts(TimeSpan patience)
    {
        for (var waited = Stopwatch.StartNew(); !Accepts(); Thread.Sleep(20))
            if (_process.HasExited || waited.Elapsed > patience)
            {
                Dispose();
                throw new InvalidOperationException($"{Name} did not start:\n{LastLines}");
            }
    }

    /// <summary>Stops every server that is still running.</summary>
    public static void StopAll()
    {
        ServerProcess[] running;
        lock (Running) running = [.. Running];
        foreach (var server in running) server.Dispose();
    }

    /// <summary>The last lines of its output.</summary>
    public string LastLines
    {
        get { lock (_lastLines) return string.Join('\n', _lastLines); }
    }

    public void Dispose()
    {
        lock (Running)
            if (!Running.Remove(this))
                return;
        if (!_process.HasExited) _ = Libc.Kill(_process.Id, StopSignal);
        if (!_process.WaitForExit(TimeSpan.FromSeconds(8))) _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }

    private bool Accepts()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect(IPAddress.Loopback, Ports[0]);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private void Remember(string? line)
    {
        if (line is null) return;
        lock (_lastLines)
        {
            _lastLines.Enqueue(line);
            if (_lastLines.Count > 30) _lastLines.Dequeue();
        }
    }
}
