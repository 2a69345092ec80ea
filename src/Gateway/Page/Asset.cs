using System.IO.Compression;
using System.Security.Cryptography;
using Microsoft.Net.Http.Headers;

namespace Malten.Gateway.Page;

/// <summary>
/// A file of the page, with its compressed forms, which are made on first use and kept. The highest compression level would
/// save a tenth of the bytes and take a hundred times as long for the first visitor.
/// </summary>
internal sealed class Asset
{
    private readonly Lazy<byte[]> _brotli;
    private readonly Lazy<byte[]> _gzip;

    /// <param name="path">its path, whose ending says of what kind it is</param>
    /// <param name="content">its bytes</param>
    /// <param name="policy">its own Content-Security-Policy, if it needs one</param>
    public Asset(string path, byte[] content, string? policy = null)
    {
        Policy = policy;
        Content = content;
        ContentType = TypeOf(path);
        Hash = Convert.ToHexStringLower(SHA256.HashData(content).AsSpan(0, 8));
        _brotli = new Lazy<byte[]>(() => Compress(into => new BrotliStream(into, CompressionLevel.Optimal)));
        _gzip = new Lazy<byte[]>(() => Compress(into => new GZipStream(into, CompressionLevel.Optimal)));
    }

    public byte[] Content { get; }

    public string ContentType { get; }

    public string Hash { get; }

    /// <summary>The Content-Security-Policy of this document alone; null for that of the page.</summary>
    public string? Policy { get; }

    /// <summary>Whether a browser can open it as a document; the security policies apply only to these.</summary>
    public bool IsDocument => ContentType.StartsWith("text/html", StringComparison.Ordinal) || ContentType == "image/svg+xml";

    /// <summary>The bytes in an encoding that the client accepts, and that encoding's name; null for the identity.</summary>
    public (byte[] Bytes, string? Encoding) For(IList<StringWithQualityHeaderValue> accepted) =>
        Reads(accepted, "br") ? (_brotli.Value, "br") : Reads(accepted, "gzip") ? (_gzip.Value, "gzip") : (Content, null);

    private static bool Reads(IList<StringWithQualityHeaderValue> accepted, string encoding) =>
        accepted.Any(one => one.Value.Equals(encoding, StringComparison.OrdinalIgnoreCase) && one.Quality is not 0);

    private byte[] Compress(Func<Stream, Stream> compressor)
    {
        var compressed = new MemoryStream();
        using (var into = compressor(compressed)) into.Write(Content);
        return compressed.ToArray();
    }

    private static string TypeOf(string path) => Path.GetExtension(path) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".svg" => "image/svg+xml",
        ".sha256" => "text/plain; charset=utf-8",
        ".webmanifest" => "application/manifest+json",
        var other => throw new InvalidOperationException($"The page has a file of the unknown kind '{other}'."),
    };
}
