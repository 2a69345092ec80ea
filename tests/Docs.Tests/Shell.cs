using System.Diagnostics;
using System.Text;

namespace Malten.Docs.Tests;

/// <summary>A block of a page, pasted into a terminal of its own.</summary>
internal sealed class Shell : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3); // some blocks build and install programs

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _errors = new();
    private Task _reading = Task.CompletedTask;

    private Shell(Process process) => _process = process;

    /// <summary>All that it has printed so far, errors apart.</summary>
    public string Output => Text(_output);

    /// <summary>Its exit code, after <see cref="EndAsync"/>.</summary>
    public int ExitCode => _process.ExitCode;

    /// <param name="script">What bash is to run.</param>
    /// <param name="folder">Where; null for the current one.</param>
    /// <param name="environment">What is set there besides what this process has.</param>
    public static Shell Start(string script, string? folder = null, IEnumerable<KeyValuePair<string, string>>? environment = null)
    {
        var start = new ProcessStartInfo("bash", ["-c", script])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder ?? "",
        };
        foreach (var (name, value) in environment ?? []) start.Environment[name] = value;
        var shell = new Shell(new Process { StartInfo = start });
        shell._process.Start();
        shell._reading = ReadAsync(shell._process.StandardOutput, shell._output);
        _ = ReadAsync(shell._process.StandardError, shell._errors); // to no end: a curl that nobody reads lives until its next line
        return shell;
    }

    /// <summary>Runs a script to its end and returns what it printed.</summary>
    public static async Task<string> RunAsync(string script, string? folder = null, IEnumerable<KeyValuePair<string, string>>? environment = null)
    {
        await using var shell = Start(script, folder, environment);
        await shell.EndAsync();
        Assert.True(shell.ExitCode == 0, $"Exit code {shell.ExitCode}: {script}{shell.Output}{Text(shell._errors)}");
        return shell.Output;
    }

    /// <summary>Waits for its end, and until all that it printed was read, errors apart.</summary>
    public async Task EndAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(Patience);
        await _reading.WaitAsync(Patience);
    }

    /// <summary>Waits until it has printed this.</summary>
    public async Task WaitForAsync(string text)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!Output.Contains(text, StringComparison.Ordinal))
        {
            if (TimeProvider.System.GetElapsedTime(started) > Patience) Assert.Fail($"Waited in vain for {text}; there was:\n{Output}{Text(_errors)}");
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
    private static async Task ReadAsync(StreamReader reader, StringBuilder text)
    {
        var some = new char[4096];
        try
        {
            int count;
            while ((count = await reader.ReadAsync(some)) > 0)
                lock (text) text.Append(some, 0, count);
        }
        catch (Exception closed) when (closed is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // it has ended, and what is left of it writes on
        }
    }

    private static string Text(StringBuilder text)
    {
        lock (text) return text.ToString();
    }
}
