namespace Malten.Docs.Tests;

/// <summary>A folder in which the blocks of a page are run: with what they save, the programs that they call, and <c>malten</c> itself.</summary>
internal sealed class Workspace : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("malten-");
    private readonly string _programs;
    private readonly Uri _node;

    /// <param name="node">The node that <c>MALTEN_URL</c> names there.</param>
    public Workspace(Uri node)
    {
        _node = node;
        _programs = _folder.CreateSubdirectory("programs").FullName;
        Save("programs/malten", $"#!/bin/sh\nexec dotnet '{Path.Combine(AppContext.BaseDirectory, "malten", "Malten.Cli.dll")}' \"$@\"\n");
    }

    /// <summary>What blocks find in their environment.</summary>
    public IDictionary<string, string> Environment => new Dictionary<string, string>
    {
        ["MALTEN_URL"] = _node.GetLeftPart(UriPartial.Authority),
        ["PATH"] = $"{_programs}{Path.PathSeparator}{System.Environment.GetEnvironmentVariable("PATH")}",
    };

    public string FullPath(string file) => Path.Combine(_folder.FullName, file);

    /// <summary>Writes a file that may be executed.</summary>
    public void Save(string file, string text)
    {
        File.WriteAllText(FullPath(file), text);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(FullPath(file), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>Makes a program that is found in PATH, for one that a machine need not have.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="body">What sh runs.</param>
    public void SaveProgram(string name, string body) => Save($"programs/{name}", $"#!/bin/sh\n{body}\n");

    public Shell Start(string block) => Shell.Start(block, _folder.FullName, Environment);

    /// <summary>Runs a block to its end and returns what it printed.</summary>
    public Task<string> RunAsync(string block) => Shell.RunAsync(block, _folder.FullName, Environment);

    public void Dispose() => _folder.Delete(recursive: true);
}
