using System.Diagnostics;
using System.Globalization;

namespace Malten.Testing.Nodes;

/// <summary>One silo in a process of its own, perhaps on a host (network namespace) of its own.</summary>
public sealed class Node(
    int index, string address, int siloPort, int httpPort, string seeds, string? host, params string[] more) : IDisposable
{
    private readonly Queue<string> _log = new();
    private Process? _process;
    private int _launches;

    public int Index => index;

    /// <summary>The port for other silos. The two after it serve the register and nodes in the role gateway.</summary>
    public int SiloPort => siloPort;

    /// <summary>Additional arguments for the next start.</summary>
    public string[] More { get; set; } = more;

    /// <summary>The wall clock that its process sees from the next start on; null for the host's own.</summary>
    public WallClock? Clock { get; set; }

    /// <summary>The network namespace in which it runs; null for this program's own.</summary>
    public string? Host => host;

    public string Url { get; } = $"http://{address}:{httpPort}";

    /// <summary>How often it has come up, including when the same process lost its place and joined again.</summary>
    public int Starts { get; private set; }

    /// <summary>How often one of its processes lost its place in the cluster and joined again.</summary>
    public int Rejoins => Math.Max(0, Starts - _launches);

    /// <summary>Whether its cable is plugged in.</summary>
    public bool IsReachable { get; set; } = true;

    public bool IsRunning => _process is { HasExited: false };

    /// <summary>The id of its process; valid once it was started on this host.</summary>
    public int ProcessId => _process!.Id;

    /// <summary>The exit code; valid only after the process has ended.</summary>
    public int ExitCode => _process!.ExitCode;

    /// <summary>The last lines of its output.</summary>
    public string Log
    {
        get { lock (_log) return string.Join('\n', _log); }
    }

    public void Start()
    {
        var silo = Path.Combine(AppContext.BaseDirectory, "Malten.Silo.dll");
        string[] command =
        [
            .. host is null ? [] : new[] { "ip", "netns", "exec", host },
            "dotnet", silo, "--urls", $"http://{(host is null ? address : "0.0.0.0")}:{httpPort}",
            "--port", siloPort.ToString(CultureInfo.InvariantCulture), "--seeds", seeds, "--advertise", address, .. More,
        ];
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment.Remove("OPENAI_API_KEY"); // a test that wants a provider names it on the command line
        start.Environment["DOTNET_TieredPGO"] = "0"; // it lives for seconds: what the profile gathers costs more than it gives back
        start.Environment["Malten__PostsPerSecondPerClient"] = "100000";
        start.Environment["Malten__PostsPerSecondPerClientAndStream"] = "100000";
        start.Environment["Malten__PostBurstPerClientAndStream"] = "100000";
        start.Environment["Malten__RequestsPerSecondWhenBusy"] = "100000";
        start.Environment["Malten__ListenersPerClient"] = "100000";
        start.Environment["Logging__Console__FormatterName"] = "simple";
        start.Environment["Logging__Console__FormatterOptions__TimestampFormat"] = "HH:mm:ss.fff "; // to be compared with a history
        if (Clock is not null)
            foreach (var (name, value) in Clock.Variables)
                start.Environment[name] = value;
        _process?.Dispose();
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.Start();
        _launches++;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Waits until <c>/readyz</c> reports that the node is ready.</summary>
    public async Task WaitUntilReadyAsync(HttpClient http, TimeSpan patience)
    {
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < patience)
        {
            try
            {
                using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(2));
                using var answer = await http.GetAsync($"{Url}/readyz", limit.Token);
                if (answer.IsSuccessStatusCode) return;
            }
            catch (Exception failure) when (failure is HttpRequestException or OperationCanceledException)
            {
                // not ready yet
            }

            await Task.Delay(50);
        }

        throw new TimeoutException($"Node {index} is not ready after {patience}.\n{Log}");
    }

    /// <summary>Sends SIGKILL.</summary>
    public void Kill()
    {
        _process!.Kill(entireProcessTree: true);
        _process.WaitForExit();
    }

    /// <summary>Sends SIGSTOP: the process hangs, and its host takes connections that nobody answers.</summary>
    public void Pause() => Signal("STOP");

    /// <summary>Sends SIGCONT: a process that was paused goes on.</summary>
    public void Resume() => Signal("CONT");

    /// <summary>Sends SIGTERM, and returns when the process has ended.</summary>
    public async Task StopAsync()
    {
        Signal("TERM");
        await _process!.WaitForExitAsync();
    }

    private void Signal(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", _process!.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    public void Dispose()
    {
        if (IsRunning) Kill();
        _process?.Dispose();
    }

    private void Keep(string? line)
    {
        if (line is null) return;
        lock (_log)
        {
            if (line.StartsWith("Malten is up", StringComparison.Ordinal)) Starts++;
            _log.Enqueue(line);
            while (_log.Count > 400) _log.Dequeue();
        }
    }
}
