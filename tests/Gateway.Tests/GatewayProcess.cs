using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Malten.Gateway.Hosting;

namespace Malten.Gateway.Tests;

/// <summary>The program itself, in a process of its own with empty working and temporary directories.</summary>
internal sealed class GatewayProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly TaskCompletionSource<Uri> _up = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private GatewayProcess(Process process, DirectoryInfo directory) => (_process, Directory) = (process, directory);

    public DirectoryInfo Directory { get; }

    public Uri Address { get; private set; } = null!;

    public int Id => _process.Id;

    public int ExitCode => _process.ExitCode;

    /// <summary>How much memory it has.</summary>
    public long ResidentBytes
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    /// <summary>All that it wrote to its output and error streams.</summary>
    public string Output
    {
        get { lock (_output) return _output.ToString(); }
    }

    /// <summary>Starts it with environment variables, and waits until it has said where it is.</summary>
    public static async Task<GatewayProcess> StartAsync(params (string Name, string Value)[] environment)
    {
        var gateway = Run(environment);
        gateway.Address = await gateway._up.Task.WaitAsync(Patience);
        return gateway;
    }

    /// <summary>Starts what is not meant to come up, and waits until it has ended.</summary>
    public static async Task<GatewayProcess> FailAsync(params (string Name, string Value)[] environment)
    {
        var gateway = Run(environment);
        await gateway._process.WaitForExitAsync().WaitAsync(Patience);
        return gateway;
    }

    /// <summary>Asks it to end, as service managers do.</summary>
    public void Terminate() => Assert.Equal(0, Kill(_process.Id, 15));

    /// <summary>Waits for its end.</summary>
    public Task EndAsync() => _process.WaitForExitAsync().WaitAsync(Patience);

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(recursive: true);
    }

    private static GatewayProcess Run((string Name, string Value)[] environment)
    {
        var directory = System.IO.Directory.CreateTempSubdirectory("malten-");
        var program = new ProcessStartInfo("dotnet", [typeof(GatewayHosting).Assembly.Location])
        {
            WorkingDirectory = directory.FullName, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        foreach (var name in new[] { "HOME", "TMPDIR", "TMP", "TEMP" }) program.Environment[name] = directory.FullName;
        program.Environment["DOTNET_EnableDiagnostics"] = "0"; // its sockets are files in the temporary directory
        program.Environment["ASPNETCORE_URLS"] = "http://127.0.0.1:0";
        foreach (var (name, value) in environment) program.Environment[name] = value;
        var gateway = new GatewayProcess(new Process { StartInfo = program }, directory);
        gateway._process.OutputDataReceived += (_, line) => gateway.Keep(line.Data);
        gateway._process.ErrorDataReceived += (_, line) => gateway.Keep(line.Data);
        gateway._process.Start();
        gateway._process.BeginOutputReadLine();
        gateway._process.BeginErrorReadLine();
        return gateway;
    }

    private void Keep(string? line)
    {
        if (line is null) return;
        lock (_output) _output.AppendLine(line);
        if (line.StartsWith("Malten is up at ", StringComparison.Ordinal)) _up.TrySetResult(new Uri(line.Split(' ')[4]));
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Kill(int process, int signal);
}
