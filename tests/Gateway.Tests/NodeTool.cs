using System.ComponentModel;
using System.Diagnostics;

namespace Malten.Gateway.Tests;

/// <summary>A program of the npm registry, or a script for Node.js, run in a directory of its own.</summary>
internal sealed class NodeTool : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2); // the first run downloads the program

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("malten-");

    public string PathOf(string file) => Path.Combine(_directory.FullName, file);

    public Task WriteAsync(string file, string content) => File.WriteAllTextAsync(PathOf(file), content);

    /// <summary>Runs a package's program; the test is skipped where that package can't be had.</summary>
    public async Task<string> RunPackageAsync(string package, params string[] arguments)
    {
        var (code, output, errors) = await RunAsync("npx", ["--yes", package, .. arguments]);
        Assert.SkipWhen(code != 0 && (errors.Contains("npm error", StringComparison.Ordinal) || errors.Contains("npm ERR!", StringComparison.Ordinal)),
            $"{package} could not be fetched with npx.");
        return code == 0 ? output : throw new InvalidOperationException($"{package} ended with {code}: {output}{errors}");
    }

    /// <summary>Runs a script and returns what it printed.</summary>
    public async Task<string> RunScriptAsync(string file, params string[] arguments)
    {
        var (code, output, errors) = await RunAsync("node", [file, .. arguments]);
        return code == 0 ? output : throw new InvalidOperationException($"{file} ended with {code}: {output}{errors}");
    }

    public void Dispose() => _directory.Delete(recursive: true);

    private async Task<(int Code, string Output, string Errors)> RunAsync(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = _directory.FullName, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        start.Environment["REDOCLY_TELEMETRY"] = "off";
        start.Environment["REDOCLY_SUPPRESS_UPDATE_NOTICE"] = "true";
        using var process = new Process { StartInfo = start };
        try
        {
            process.Start();
        }
        catch (Win32Exception)
        {
            Assert.Skip($"{program} is not installed.");
        }

        using var patience = new CancellationTokenSource(Patience);
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(patience.Token), process.StandardError.ReadToEndAsync(patience.Token));
        try
        {
            await process.WaitForExitAsync(patience.Token);
            return (process.ExitCode, await output, await errors);
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }
}
