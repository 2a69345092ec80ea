using System.Diagnostics;

namespace Malten.Docs.Tests;

/// <summary>
/// The program of <c>src/Gateway</c> in a process of its own, on a free port of this machine. It has the public stream that the
/// pages' examples are about before any of them can begin it otherwise.
/// </summary>
public sealed class Node : IAsyncLifetime
{
    private const string Greeting = "Malten is up at ";

    private readonly TaskCompletionSource<Uri> _up = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Process? _process;

    public Uri Address { get; private set; } = null!;

    public HttpClient Http { get; } = new();

    public async ValueTask InitializeAsync()
    {
        var program = new ProcessStartInfo("dotnet",
            [Path.Combine(AppContext.BaseDirectory, "Malten.Gateway.dll"), "--urls", "http://127.0.0.1:0", "--Malten:DrainSeconds", "0"])
        {
            WorkingDirectory = AppContext.BaseDirectory, RedirectStandardOutput = true,
        };
        program.Environment.Remove("OPENAI_API_KEY"); // nobody but the examples answers
        _process = new Process { StartInfo = program };
        _process.OutputDataReceived += (_, line) =>
        {
            if (line.Data?.StartsWith(Greeting, StringComparison.Ordinal) == true)
                _up.TrySetResult(new Uri(line.Data[Greeting.Length..].Split(' ')[0]));
        };
        _process.Start();
        _process.BeginOutputReadLine();
        Address = await _up.Task.WaitAsync(TimeSpan.FromSeconds(60));
        Http.BaseAddress = Address;
        using var begun = await Http.PostAsync("/streams", new FormUrlEncodedContent([new("stream", "lunch")]));
        begun.EnsureSuccessStatusCode();
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (_process is null) return;
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
