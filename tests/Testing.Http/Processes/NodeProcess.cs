using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace Malten.Testing.Processes;

/// <summary>A program that is a node, in a process of its own with empty working and temporary directories.</summary>
public sealed class NodeProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan PatienceWithStart = TimeSpan.FromSeconds(90); // of a silo, beside all that compiles and tests
    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly TaskCompletionSource<Uri> _up = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private NodeProcess(Process process, DirectoryInfo directory) => (_process, Directory) = (process, directory);

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
    public static async Task<NodeProcess> StartAsync(string[] command, params (string Name, string Value)[] environment)
    {
        var node = Run(command, environment);
        if (await Task.WhenAny(node._up.Task, node._process.WaitForExitAsync(), Task.Delay(PatienceWithStart)) != node._up.Task)
        {
            var what = node._process.HasExited ? "has ended" : "has not come up";
            await node.DisposeAsync();
            throw new InvalidOperationException($"The program {what}:\n{node.Output}");
        }

        node.Address = await node._up.Task;
        return node;
    }

    /// <summary>Starts what is not meant to come up, and waits until it has ended.</summary>
    public static async Task<NodeProcess> FailAsync(string[] command, params (string Name, string Value)[] environment)
    {
        var node = Run(command, environment);
        await node._process.WaitForExitAsync().WaitAsync(Patience);
        return node;
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

    private static NodeProcess Run(string[] command, (string Name, string Value)[] environment)
    {
        var directory = System.IO.Directory.CreateTempSubdirectory("malten-");
        var program = new ProcessStartInfo(command[0], command[1..])
        {
            WorkingDirectory = directory.FullName, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        foreach (var name in new[] { "HOME", "TMPDIR", "TMP", "TEMP" }) program.Environment[name] = directory.FullName;
        program.Environment["DOTNET_EnableDiagnostics"] = "0"; // its sockets are files in the temporary directory
        program.Environment["ASPNETCORE_URLS"] = "http://127.0.0.1:0";
        foreach (var (name, value) in environment) program.Environment[name] = value;
        var node = new NodeProcess(new Process { StartInfo = program }, directory);
        node._process.OutputDataReceived += (_, line) => node.Keep(line.Data);
        node._process.ErrorDataReceived += (_, line) => node.Keep(line.Data);
        node._process.Start();
        node._process.BeginOutputReadLine();
        node._process.BeginErrorReadLine();
        return node;
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
