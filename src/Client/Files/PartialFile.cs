using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Text;

namespace Malten.Client;

/// <summary>A file that is on its way to a folder: under a name of its own until all of it is there.</summary>
[UnsupportedOSPlatform("browser")]
internal sealed class PartialFile : IAsyncDisposable
{
    private const int BufferSize = 1 << 16;
    private const int MarkLength = 4; // bytes

    /// <summary>On Windows a file that is open can only be renamed where this is shared; elsewhere anything but this would let a second receiver in.</summary>
    private static readonly FileShare Share = OperatingSystem.IsWindows() ? FileShare.Delete : FileShare.None;

    private readonly string _part;
    private readonly bool _overwrite;
    private readonly FileStream _stream;
    private IncrementalHash? _hash;

    private PartialFile(string path, string part, bool overwrite, FileStream stream, IncrementalHash hash) =>
        (Path, _part, _overwrite, _stream, _hash, Length) = (path, part, overwrite, stream, hash, stream.Length);

    /// <summary>Where it will be.</summary>
    public string Path { get; }

    /// <summary>How much an earlier transfer has left.</summary>
    public long Length { get; }

    /// <summary>Where to write, after what is there.</summary>
    public Stream Stream => _stream;

    /// <summary>
    /// What a file is called meanwhile: its name, and a mark of what its sender says of it. Another file of that name leaves it alone, and its sender is not
    /// told how much there is of this one, nor its sum.
    /// </summary>
    /// <param name="name">Fit for a disk.</param>
    public static string NameOf(string name, FileDescription file)
    {
        var sum = SHA256.HashData(Encoding.UTF8.GetBytes($"{file.Size}\n{file.Type}\n{file.Name}"));
        return $"{name}.{Convert.ToHexStringLower(sum.AsSpan(0, MarkLength))}{SafeFileName.PartSuffix}";
    }

    /// <summary>Opens it, and reads what an earlier transfer has left.</summary>
    /// <param name="name">Fit for a disk.</param>
    /// <param name="file">What is longer than it is none of its beginnings.</param>
    /// <exception cref="IOException">There is such a file, it is being received already, or the folder can't be written to.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder must not be written to.</exception>
    public static async Task<PartialFile> OpenAsync(string folder, string name, FileDescription file, bool overwrite, CancellationToken cancellationToken)
    {
        var path = System.IO.Path.Combine(System.IO.Path.GetFullPath(folder), name);
        if (Directory.Exists(path) || (!overwrite && new FileInfo(path) is var there && (there.Exists || there.LinkTarget is not null)))
            throw new IOException($"There is a '{name}' in this folder already.");
        var part = System.IO.Path.Combine(System.IO.Path.GetFullPath(folder), NameOf(name, file));
        if (new FileInfo(part).LinkTarget is not null) throw new IOException($"'{System.IO.Path.GetFileName(part)}' leads elsewhere.");
        var stream = new FileStream(part, new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = Share, BufferSize = BufferSize, Options = FileOptions.Asynchronous,
        });
        var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        try
        {
            if (!File.Exists(part)) throw new IOException($"'{name}' has just been received."); // and this would be that whole file
            if (stream.Length > file.Size) stream.SetLength(0);
            var buffer = new byte[BufferSize];
            int count;
            while ((count = await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0) hash.AppendData(buffer, 0, count);
            return new PartialFile(path, part, overwrite, stream, hash);
        }
        catch
        {
            hash.Dispose();
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The hash of what is there, which goes on with what comes; once.</summary>
    public IncrementalHash TakeHash() => _hash!;

    /// <summary>All of it is there: gives it its name, while nobody else can open it.</summary>
    /// <exception cref="IOException">There is such a file now.</exception>
    public async ValueTask FinishAsync(CancellationToken cancellationToken)
    {
        _stream.Flush(flushToDisk: true);
        File.Move(_part, Path, _overwrite);
        await _stream.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>What is there is good for nothing.</summary>
    public void Discard() => TryDelete();

    /// <summary>Leaves what is there for another time; an empty file is no use to anybody.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stream.CanSeek && _stream.Length == 0) TryDelete();
        try
        {
            await _stream.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception unwritten) when (unwritten is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException)
        {
            // Whoever wrote to it knows: this is the rest of that. The last is .NET's word for what is longer than a disk's files may be.
        }

        _hash?.Dispose();
        _hash = null;
    }

    /// <summary>Deletes it before it is closed: then it is nobody else's yet.</summary>
    private void TryDelete()
    {
        try
        {
            File.Delete(_part);
        }
        catch (Exception undeleted) when (undeleted is IOException or UnauthorizedAccessException)
        {
            // what it failed for counts
        }
    }
}
