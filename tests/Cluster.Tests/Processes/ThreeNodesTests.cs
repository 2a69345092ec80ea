using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Malten.Testing.Nodes;

namespace Malten.Cluster.Tests.Processes;

/// <summary><c>deploy/three-nodes</c>, as people run it: from any directory, until they press Ctrl-C.</summary>
public sealed class ThreeNodesTests : IDisposable
{
    private const int SiloPorts = 23; // three silos, ten ports apart, of three ports each

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3); // it builds, and the machine may be busy
    private readonly DirectoryInfo _elsewhere = Directory.CreateTempSubdirectory("malten-");
    private readonly HttpClient _http = new();
    private readonly List<string> _lines = [];
    private readonly int _httpPort = FreePorts.Find(1, 3)[0];
    private readonly int _siloPort = FreePorts.Find(1, SiloPorts)[0];
    private Process? _script;

    public void Dispose()
    {
        if (_script is { HasExited: false }) _script.Kill(entireProcessTree: true);
        _script?.Dispose();
        _http.Dispose();
        _elsewhere.Delete(recursive: true);
    }

    [Fact]
    public async Task What_is_posted_on_one_is_read_on_another_and_Ctrl_C_stops_all_three()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The script needs bash.");
        Start();
        for (var node = 0; node < 3; node++) await WaitForAsync($"{_httpPort + node} | Malten is up at ");
        using var posted = await _http.PostAsJsonAsync(Url(0, "messages"), new { stream = "three", message = "hello" });
        posted.EnsureSuccessStatusCode();
        var page = await _http.GetFromJsonAsync<JsonArray>(Url(2, "messages?stream=three"));
        Assert.Equal("hello", page!.Single()!["Text"]!.GetValue<string>());

        using (Process.Start("kill", ["-INT", _script!.Id.ToString(CultureInfo.InvariantCulture)])) await ExitAsync();
        Assert.Equal(0, _script.ExitCode);
        Assert.All([.. Enumerable.Range(_httpPort, 3), .. Enumerable.Range(_siloPort, SiloPorts)], port => Assert.True(IsFree(port), $"{port}"));
    }

    [Fact]
    public async Task A_port_in_use_is_named_and_nothing_is_started()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The script needs bash.");
        using var other = new TcpListener(IPAddress.Loopback, _siloPort + 11); // the register of the second silo
        other.Start();
        Start();
        await ExitAsync();
        Assert.Equal(1, _script!.ExitCode);
        Assert.StartsWith($"Port {_siloPort + 11} is in use.", Assert.Single(_lines), StringComparison.Ordinal);
    }

    private void Start()
    {
        var script = Foreground.Command(Path.Combine(Root(), "deploy", "three-nodes"), $"{_httpPort}", $"{_siloPort}");
        script.WorkingDirectory = _elsewhere.FullName;
        script.RedirectStandardOutput = script.RedirectStandardError = true;
        script.Environment.Remove("OPENAI_API_KEY");
        _script = new Process { StartInfo = script };
        _script.OutputDataReceived += (_, line) => Keep(line.Data);
        _script.ErrorDataReceived += (_, line) => Keep(line.Data);
        _script.Start();
        _script.BeginOutputReadLine();
        _script.BeginErrorReadLine();
    }

    private async Task WaitForAsync(string beginning)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!Output().Exists(line => line.StartsWith(beginning, StringComparison.Ordinal)))
        {
            if (_script!.HasExited || TimeProvider.System.GetElapsedTime(started) > Patience)
                Assert.Fail($"Waited in vain for '{beginning}':\n{string.Join('\n', Output())}");
            await Task.Delay(50);
        }
    }

    private Task ExitAsync() => _script!.WaitForExitAsync().WaitAsync(Patience);

    private string Url(int node, string path) => $"http://localhost:{_httpPort + node}/{path}";

    private void Keep(string? line)
    {
        if (line is null) return;
        lock (_lines) _lines.Add(line);
    }

    private List<string> Output()
    {
        lock (_lines) return [.. _lines];
    }

    private static string Root()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "Malten.sln"))) directory = directory.Parent!;
        return directory.FullName;
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Any, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
