using System.Diagnostics;
using System.Globalization;
using System.Net;
using Malten.Testing.Hostile;

namespace Malten.Bench.Hostile;

/// <summary>
/// Starts the attackers, which wait until they are told to begin. They have the lowest priority (nice 19): where the
/// processors are short, they take no time from the node that it would have if they were elsewhere.
/// </summary>
internal sealed class AttackerProcess : IDisposable
{
    /// <summary>The first argument of this program that makes it the attackers.</summary>
    public const string Verb = "attack";

    private readonly Process _process;

    private AttackerProcess(Process process) => _process = process;

    /// <summary>Starts them, and returns when they are ready.</summary>
    public static async Task<AttackerProcess> StartAsync(Attack attack, IReadOnlyList<IPAddress> from, IReadOnlyList<Uri> nodes)
    {
        var program = typeof(AttackerProcess).Assembly.Location;
        string[] arguments = ["-n", "19", "dotnet", program, Verb, attack.Name, string.Join(',', from), string.Join(',', nodes)];
        var process = Process.Start(new ProcessStartInfo("nice", arguments) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        await process.StandardOutput.ReadLineAsync();
        return new AttackerProcess(process);
    }

    /// <summary>Begins the attack.</summary>
    public Task BeginAsync() => TellAsync();

    /// <summary>Ends the attack. Says how many requests were made, or connections opened, and how many connections were open at the end.</summary>
    public async Task<(long Done, int Open)> EndAsync()
    {
        await TellAsync();
        var said = (await _process.StandardOutput.ReadLineAsync())!.Split(' ');
        await _process.WaitForExitAsync();
        return (long.Parse(said[0], CultureInfo.InvariantCulture), int.Parse(said[1], CultureInfo.InvariantCulture));
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
    }

    private async Task TellAsync()
    {
        await _process.StandardInput.WriteLineAsync();
        await _process.StandardInput.FlushAsync();
    }
}
