namespace Malten.Published.Tests;

/// <summary>The programs as they are published for this platform, each in one file.</summary>
internal static class PublishedFile
{
    public static string Gateway { get; } = Find("Malten.Gateway");

    public static string Silo { get; } = Find("Malten.Silo");

    private static string Find(string program)
    {
        var file = Path.Combine(AppContext.BaseDirectory, "published", OperatingSystem.IsWindows() ? $"{program}.exe" : program);
        return File.Exists(file) ? file : throw new FileNotFoundException($"{program} has not been published. ./test published does.");
    }
}
