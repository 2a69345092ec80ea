namespace Malten.Gateway.Hosting;

/// <summary>Settings are read once, when a program starts.</summary>
/// <remarks>.NET documentation, "Generic Host": <c>hostBuilder:reloadConfigOnChange</c>.</remarks>
public static class SettingsFiles
{
    private const string NotWatched = "--hostBuilder:reloadConfigOnChange=false";

    /// <summary>
    /// A program's arguments, by which its files of settings are not watched for changes. A watcher's thread waits with a buffer
    /// that it pins, beside which the garbage collector can't give memory back (docs/decisions/gone.md).
    /// </summary>
    public static string[] WithFilesReadOnce(this string[] args) => [NotWatched, .. args];
}
