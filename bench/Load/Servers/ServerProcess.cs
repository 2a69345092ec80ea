using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Malten.Bench.Load.Engine;

namespace Malten.Bench.Load.Servers;

/// <summary>A server that this program has started on a loopback port of its own, and stops.</summary>
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

    /// <summary>How it is asked to stop.</summary>
    public int StopSignal { get; init; } = Libc.Terminate;

    /// <summary>What it and its children use.</summary>
    public ProcessUsage Usage => new(_process.Id);

    /// <summary>A port that nobody listens on now.</summary>
    public static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    /// <summary>Starts a server and waits until it accepts connections.</summary>
    /// <exception cref="InvalidOperationException">It ended, or did not within ten seconds.</exception>
    public static ServerProcess Start(string name, IDialect dialect, int port, ProcessStartInfo start)
    {
        var server = Launch(name, dialect, port, start);
        server.WaitUntilItAccepts(TimeSpan.FromSeconds(10));
        return server;
    }

    /// <summary>Starts a server and does not wait.</summary>
    public static ServerProcess Launch(
        string name, IDialect dialect, int port, ProcessStartInfo start, int stopSignal = Libc.Terminate) =>
        new(name, dialect, port, start) { StopSignal = stopSignal };

    /// <summary>Waits until it accepts connections.</summary>
    /// <exception cref="InvalidOperationException">It ended, or did not in time; it is stopped.</exception>
    public void WaitUntilItAccepts(TimeSpan patience)
    {
        for (var waited = Stopwatch.StartNew(); !Accepts(); Thread.Sleep(20))
            if (_process.HasExited || waited.Elapsed > patience)
            {
                Dispose();
                throw new InvalidOperationException($"{Name} did not start:\n{LastLines}");
            }
    }

    /// <summary>Stops every server that still runs: this program is being interrupted.</summary>
    public static void StopAll()
    {
        ServerProcess[] running;
        lock (Running) running = [.. Running];
        foreach (var server in running) server.Dispose();
    }

    /// <summary>The last that it has printed.</summary>
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
