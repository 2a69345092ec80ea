using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace Malten.Cli.Tests;

/// <summary>The program <c>malten</c> in a process of its own.</summary>
internal sealed class CliProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _errors = new();
    private readonly Task _reading;

    private CliProcess(ProcessStartInfo start, string? input, bool keepsInput = false)
    {
        (start.RedirectStandardInput, start.RedirectStandardOutput, start.RedirectStandardError) = (true, true, true);
        if (OperatingSystem.IsLinux()) HearCtrlC(start);
        _process = new Process { StartInfo = start };
        _process.Start();
        _reading = Task.WhenAll(ReadAsync(_process.StandardOutput, _output), ReadAsync(_process.StandardError, _errors));
        if (input is not null) _process.StandardInput.Write(input);
        if (!keepsInput) _process.StandardInput.Close();
    }

    /// <summary>A folder with a program <c>malten</c>, as the tool's installation makes it.</summary>
    private static readonly string Folder = Install();

    /// <summary>All that it has printed so far.</summary>
    public string Output
    {
        get { lock (_output) return _output.ToString(); }
    }

    /// <summary>All that it has printed to its standard error so far.</summary>
    public string Errors
    {
        get { lock (_errors) return _errors.ToString(); }
    }

    public int ExitCode => _process.ExitCode;

    public bool HasEnded => _process.HasExited;

    /// <param name="keepsInput">Whether its standard input stays open: see <see cref="WriteAsync"/>.</param>
    public static CliProcess Start(Uri? node, IReadOnlyList<string> arguments, string? input = null, bool keepsInput = false) => new(
        new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "malten", "Malten.Cli.dll"), .. arguments])
        {
            Environment = { ["MALTEN_URL"] = $"{node}" },
        }, input, keepsInput);

    /// <summary>Runs a line of shell in which <c>malten</c> is the program.</summary>
    public static CliProcess StartShell(Uri node, string line, params (string Name, string Value)[] environment) =>
        StartShell(node, line, false, environment);

    /// <inheritdoc cref="StartShell(Uri, string, ValueTuple{string, string}[])"/>
    public static CliProcess StartShell(Uri node, string line, bool keepsInput, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo("bash", ["-c", line])
        {
            Environment = { ["MALTEN_URL"] = $"{node}", ["PATH"] = $"{Folder}:{Environment.GetEnvironmentVariable("PATH")}" },
        };
        start.Environment.Remove("NO_COLOR"); // the tests' own output may be without
        foreach (var (name, value) in environment) start.Environment[name] = value;
        return new CliProcess(start, null, keepsInput);
    }

    /// <summary>
    /// Whoever starts the tests in the background has Ctrl-C ignored, by them and by all that they start; GNU's <c>env</c> takes
    /// that back.
    /// </summary>
    private static void HearCtrlC(ProcessStartInfo start)
    {
        start.ArgumentList.Insert(0, start.FileName);
        start.ArgumentList.Insert(0, "--default-signal=INT");
        start.FileName = "env";
    }

    /// <summary>Runs it to its end.</summary>
    public static Task<CliProcess> RunAsync(Uri? node, params string[] arguments) => RunAsync(node, arguments, null);

    /// <summary>Runs it to its end, with something on its standard input.</summary>
    public static async Task<CliProcess> RunAsync(Uri? node, string[] arguments, string? input)
    {
        var process = Start(node, arguments, input);
        await process.EndAsync();
        return process;
    }

    /// <summary>Waits until it has ended.</summary>
    public async Task EndAsync()
    {
        try
        {
            await _process.WaitForExitAsync().WaitAsync(Patience);
        }
        catch (TimeoutException)
        {
            Assert.Fail($"It has not ended, and has printed: {Output}{Errors}");
        }

        await _reading;
    }

    /// <summary>Waits until it has printed something.</summary>
    public Task PrintsAsync(string text) => ContainsAsync(() => Output, text);

    /// <summary>Writes to its standard input.</summary>
    public async Task WriteAsync(string text)
    {
        await _process.StandardInput.WriteAsync(text);
        await _process.StandardInput.FlushAsync();
    }

    /// <summary>Ends its standard input.</summary>
    public void EndInput() => _process.StandardInput.Close();

    /// <summary>Waits until it has printed something to its standard error.</summary>
    public Task TellsAsync(string text) => ContainsAsync(() => Errors, text);

    /// <summary>What it has mapped into its memory, as Linux tells it.</summary>
    public string Maps() => File.ReadAllText($"/proc/{_process.Id}/maps");

    /// <summary>Sends it a signal: 2 is Ctrl-C, 15 is SIGTERM.</summary>
    /// <param name="id">Where it is not this process itself, but one that it has started.</param>
    public void Signal(int signal, int? id = null) => Assert.Equal(0, Kill(id ?? _process.Id, signal));

    /// <summary>Asserts that it has done what it was asked to.</summary>
    public CliProcess Done()
    {
        Assert.True(ExitCode == 0, $"Exit code {ExitCode}: {Output}{Errors}");
        return this;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private async Task ContainsAsync(Func<string> printed, string text)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (!printed().Contains(text, StringComparison.Ordinal))
        {
            if (_reading.IsCompleted && !printed().Contains(text, StringComparison.Ordinal))
                Assert.Fail($"It has ended without printing '{text}': {Output}{Errors}");
            await Task.WhenAny(_reading, Task.Delay(10, limit.Token));
            limit.Token.ThrowIfCancellationRequested();
        }
    }

    private static string Install()
    {
        var folder = Directory.CreateDirectory(Path.Combine(AppContext.BaseDirectory, "installed")).FullName;
        var program = Path.Combine(folder, "malten");
        File.WriteAllText(program, $"#!/bin/sh\nexec dotnet '{Path.Combine(AppContext.BaseDirectory, "malten", "Malten.Cli.dll")}' \"$@\"\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return folder;
    }

    private static async Task ReadAsync(StreamReader from, StringBuilder into)
    {
        var some = new char[4096];
        int count;
        while ((count = await from.ReadAsync(some)) > 0)
            lock (into) into.Append(some, 0, count);
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Kill(int process, int signal);
}
