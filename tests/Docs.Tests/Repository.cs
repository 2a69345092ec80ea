namespace Malten.Docs.Tests;

/// <summary>The files that this repository consists of; paths are relative to its root, with slashes.</summary>
internal static class Repository
{
    private static readonly string[] NoSources = [".git", "artifacts", "bin", "node_modules", "obj", "TestResults"];

    public static string Root { get; } = FindRoot();

    /// <summary>All pages in Markdown.</summary>
    public static IEnumerable<string> Pages => Files("", "*.md");

    public static string Read(string path) => File.ReadAllText(FullPath(path)).ReplaceLineEndings("\n");

    public static string FullPath(string path) => Path.Combine(Root, path);

    /// <summary>The files of a folder and those below it, without what was built.</summary>
    public static IEnumerable<string> Files(string folder, string pattern)
    {
        var here = new DirectoryInfo(FullPath(folder));
        foreach (var file in here.EnumerateFiles(pattern))
            yield return Path.GetRelativePath(Root, file.FullName).Replace('\\', '/');
        foreach (var below in here.EnumerateDirectories().Where(below => !NoSources.Contains(below.Name)))
            foreach (var file in Files(below.FullName, pattern))
                yield return file;
    }

    private static string FindRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "Malten.sln"))) directory = directory.Parent!;
        return directory.FullName;
    }
}
