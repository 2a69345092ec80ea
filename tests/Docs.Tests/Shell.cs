using System.Diagnostics;
using System.Text;

namespace Malten.Docs.Tests;

/// <summary>A block of the README, pasted into a terminal of its own.</summary>
internal sealed class Shell : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private Task _reading = Task.CompletedTask;

    private Shell(Process process) => _process = process;

    /// <summary>All that it has printed so far, errors apart.</summary>
    public string Output
    {
        get { lock (_output) return _output.ToString(); }
    }

    public static Shell Start(string script)
    {
        var start = new ProcessStartInfo("bash", ["-c", script]) { RedirectStandardOutput = true, RedirectStandardError = true };
        var shell = new Shell(new Process { StartInfo = start });
        shell._process.Start();
        shell._process.BeginErrorReadLine(); // curl draws its progress there
        shell._reading = shell.ReadAsync();
        return shell;
    }

    /// <summary>Runs a script to its end and returns what it printed.</summary>
    public static async Task<string> RunAsync(string script)
    {
        await using var shell = Start(script);
        await shell._process.WaitForExitAsync().WaitAsync(Patience);
        await shell._reading;
        Assert.True(shell._process.ExitCode == 0, $"Exit code {shell._process.ExitCode}: {script}{shell.Output}");
        return shell.Output;
    }

    /// <summary>Waits until it has printed this.</summary>
    public async Task WaitForAsync(string text)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!Output.Contains(text, StringComparison.Ordinal))
        {
            if (TimeProvider.System.GetElapsedTime(started) > Patience) Assert.Fail($"Waited in vain for {text}; there was:\n{Output}");
            await Task.Delay(10);
        }
    }

    /// <summary>Ctrl-C.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        await _reading;
        _process.Dispose();
    }

    /// <summary>Not by line: an answer of the node has no line end.</summary>
    private async Task ReadAsync()
    {
        var some = new char[4096];
        int count;
        while ((count = await _process.StandardOutput.ReadAsync(some)) > 0)
            lock (_output) _output.Append(some, 0, count);
    }
}
