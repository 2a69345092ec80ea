using System.Runtime.Versioning;
using System.Security.Cryptography;

namespace Malten.Client;

/// <summary>A file that is on its way to a folder: under a name of its own until all of it is there.</summary>
[UnsupportedOSPlatform("browser")]
internal sealed class PartialFile : IAsyncDisposable
{
    /// <summary>What stands after the name meanwhile.</summary>
    public const string Suffix = ".malten-part";

    private const int BufferSize = 1 << 16;

    private readonly string _part;
    private readonly bool _overwrite;
    private readonly FileStream _stream;
    private IncrementalHash? _hash;

    private PartialFile(string path, bool overwrite, FileStream stream, IncrementalHash hash) =>
        (Path, _part, _overwrite, _stream, _hash, Length) = (path, path + Suffix, overwrite, stream, hash, stream.Length);

    /// <summary>Where it will be.</summary>
    public string Path { get; }

    /// <summary>How much an earlier transfer has left.</summary>
    public long Length { get; }

    /// <summary>Where to write, after what is there.</summary>
    public Stream Stream => _stream;

    /// <summary>Opens it, and reads what an earlier transfer has left.</summary>
    /// <param name="name">Fit for a disk.</param>
    /// <param name="size">Of the whole file: what is longer is none of its beginnings.</param>
    /// <exception cref="IOException">There is such a file, or the folder can't be written to.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder must not be written to.</exception>
    public static async Task<PartialFile> OpenAsync(string folder, string name, long size, bool overwrite, CancellationToken cancellationToken)
    {
        var path = System.IO.Path.Combine(System.IO.Path.GetFullPath(folder), name);
        if (Directory.Exists(path) || (!overwrite && new FileInfo(path) is var there && (there.Exists || there.LinkTarget is not null)))
            throw new IOException($"There is a '{name}' in this folder already.");
        if (new FileInfo(path + Suffix).LinkTarget is not null) throw new IOException($"'{name}{Suffix}' leads elsewhere.");
        var stream = new FileStream(path + Suffix, new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = BufferSize, Options = FileOptions.Asynchronous,
        });
        var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        try
        {
            if (stream.Length > size) stream.SetLength(0);
            var buffer = new byte[BufferSize];
            int count;
            while ((count = await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0) hash.AppendData(buffer, 0, count);
            return new PartialFile(path, overwrite, stream, hash);
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

    /// <summary>All of it is there: gives it its name.</summary>
    /// <exception cref="IOException">There is such a file now.</exception>
    public async ValueTask FinishAsync(CancellationToken cancellationToken)
    {
        _stream.Flush(flushToDisk: true);
        await _stream.DisposeAsync().ConfigureAwait(false);
        File.Move(_part, Path, _overwrite);
    }

    /// <summary>What is there is good for nothing.</summary>
    public void Discard()
    {
        _stream.Dispose();
        File.Delete(_part);
    }

    /// <summary>Leaves what is there for another time; an empty file is no use to anybody.</summary>
    public async ValueTask DisposeAsync()
    {
        var isEmpty = _stream.CanSeek && _stream.Length == 0;
        await _stream.DisposeAsync().ConfigureAwait(false);
        _hash?.Dispose();
        _hash = null;
        if (isEmpty) File.Delete(_part);
    }
}
