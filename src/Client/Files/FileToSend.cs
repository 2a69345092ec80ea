namespace Malten.Client;

/// <summary>A file that can be offered.</summary>
/// <param name="Description">What the other side is told of it before it accepts.</param>
/// <param name="Open">Opens it for reading from its first byte; a stream that can seek is not read twice when a transfer is resumed.</param>
public sealed record FileToSend(FileDescription Description, Func<Stream> Open)
{
    /// <summary>Whether what was opened is another file by now than the one that was described.</summary>
    internal Func<Stream, bool> HasChanged { get; private init; } = _ => false;

    private const int BufferSize = 1 << 16;

    private static readonly Dictionary<string, string> Types = new(StringComparer.OrdinalIgnoreCase)
    {
        [".txt"] = "text/plain", [".md"] = "text/markdown", [".csv"] = "text/csv", [".html"] = "text/html", [".json"] = "application/json",
        [".pdf"] = "application/pdf", [".zip"] = "application/zip", [".gz"] = "application/gzip", [".tar"] = "application/x-tar",
        [".png"] = "image/png", [".jpg"] = "image/jpeg", [".jpeg"] = "image/jpeg", [".gif"] = "image/gif", [".webp"] = "image/webp", [".svg"] = "image/svg+xml",
        [".mp3"] = "audio/mpeg", [".ogg"] = "audio/ogg", [".wav"] = "audio/wav", [".mp4"] = "video/mp4", [".webm"] = "video/webm", [".mov"] = "video/quicktime",
    };

    /// <summary>
    /// A file of a disk, under its own name. Its type follows from its extension, <c>application/octet-stream</c> where that says nothing.
    /// One that is written to before all of it is sent is not transferred: <see cref="FileFault.Changed"/>.
    /// </summary>
    /// <exception cref="IOException">There is none, or it can't be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It is a folder, or must not be read.</exception>
    /// <exception cref="NotSupportedException">Nobody knows how long it is: it is a named pipe or a terminal.</exception>
    public static FileToSend Of(string path)
    {
        using var file = OpenFile(path);
        if (!file.CanSeek) throw new NotSupportedException($"'{path}' is no file that has a length.");
        var name = Path.GetFileName(Path.GetFullPath(path));
        var (length, written) = (file.Length, File.GetLastWriteTimeUtc(file.SafeFileHandle));
        var type = Types.GetValueOrDefault(Path.GetExtension(name), "application/octet-stream");
        return new FileToSend(new FileDescription(name, type, length), () => OpenFile(path))
        {
            HasChanged = opened => opened is FileStream now && (now.Length != length || File.GetLastWriteTimeUtc(now.SafeFileHandle) != written),
        };
    }

    private static FileStream OpenFile(string path) => new(path, new FileStreamOptions
    {
        Access = FileAccess.Read, Share = FileShare.ReadWrite | FileShare.Delete, BufferSize = BufferSize,
        Options = FileOptions.Asynchronous | FileOptions.SequentialScan,
    });
}
