using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace Malten.Cli.Commands;

/// <summary>
/// A program that is run for a message, without a shell: what strangers write is data on its standard input and in its
/// environment, and never part of a command line.
/// </summary>
internal sealed class MessageProgram
{
    private const UnixFileMode Executable = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    private readonly string _path;
    private readonly string[] _arguments;

    /// <param name="command">The program, a path or a name to be found in PATH, and its arguments.</param>
    /// <exception cref="UsageException">There is no such program.</exception>
    public MessageProgram(string[] command) => (_path, _arguments) = (Find(command[0]), command[1..]);

    /// <summary>Runs it to its end. Null when it has done what it should, with exit code 0; else what is to be said about it.</summary>
    public async Task<string?> RunAsync(MessageEnvironment message, CancellationToken stop)
    {
        using var process = new Process { StartInfo = StartInfo(message) };
        try
        {
            process.Start();
        }
        catch (Win32Exception missing)
        {
            return $"{_path} can't be run: {missing.Message}"; // it was there at the beginning
        }

        try
        {
            await WriteAsync(process, message.Text, stop);
            await process.WaitForExitAsync(stop);
            return process.ExitCode == 0 ? null : $"the command ended with code {process.ExitCode}.";
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
                await process.WaitForExitAsync(CancellationToken.None); // it is gone when this ends
            }
        }
    }

    /// <summary>A bare name is looked for in PATH alone, as a shell does; .NET would look in the current folder first.</summary>
    private static string Find(string program)
    {
        var name = OperatingSystem.IsWindows() && !Path.HasExtension(program) ? $"{program}.exe" : program;
        if (program.AsSpan().ContainsAny(Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar))
            return IsExecutable(name) ? name : throw new UsageException($"There is no program {program}.");
        var folders = Environment.GetEnvironmentVariable("PATH")?.Split(Path.PathSeparator) ?? [];
        return folders.Where(Path.IsPathFullyQualified).Select(folder => Path.Combine(folder, name)).FirstOrDefault(IsExecutable)
            ?? throw new UsageException($"There is no program {program} in PATH.");
    }

    private static bool IsExecutable(string path) => File.Exists(path) && (OperatingSystem.IsWindows() || (File.GetUnixFileMode(path) & Executable) != 0);

    private static async Task WriteAsync(Process process, string text, CancellationToken stop)
    {
        try
        {
            await process.StandardInput.WriteAsync(text.AsMemory(), stop);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // it does not read, or has ended
        }
    }

    private ProcessStartInfo StartInfo(MessageEnvironment message)
    {
        var start = new ProcessStartInfo(_path, _arguments)
        {
            RedirectStandardInput = true, StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), UseShellExecute = false,
        };
        start.Environment.Remove("MALTEN_LINK"); // its keys are none of the program's business
        foreach (var (name, value) in message.Variables) start.Environment[name] = value;
        return start;
    }
}
