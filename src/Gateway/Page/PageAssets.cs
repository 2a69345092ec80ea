using System.Reflection;
using System.Security.Cryptography;
using System.Text;

namespace Malten.Gateway.Page;

/// <summary>The files of the page, read once from the assembly.</summary>
internal sealed class PageAssets
{
    private const string Prefix = "page/";
    private const string IndexPath = "index.html";
    private const string BootPath = "boot.js"; // the only script that is not a module

    private readonly Dictionary<string, Asset> _assets;

    public PageAssets(Assembly assembly)
    {
        _assets = assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .ToDictionary(PathOf, name => new Asset(PathOf(name), Read(assembly, name)));
        Version = Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(string.Concat(
            _assets.OrderBy(asset => asset.Key, StringComparer.Ordinal).Select(asset => asset.Value.Hash)))).AsSpan(0, 8));
        Index = new Asset(IndexPath, Encoding.UTF8.GetBytes(CompleteIndex()));
    }

    /// <summary>A hash of all files.</summary>
    public string Version { get; }

    /// <summary>The page itself.</summary>
    public Asset Index { get; }

    /// <summary>A file that the page is made of.</summary>
    public Asset? Find(string path) => path == IndexPath ? null : _assets.GetValueOrDefault(path);

    private static string PathOf(string name) => name[Prefix.Length..].Replace('\\', '/');

    private static byte[] Read(Assembly assembly, string name)
    {
        using var stream = assembly.GetManifestResourceStream(name)!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>Inserts the version, and preloads of all modules, which the browser would otherwise discover one by one.</summary>
    private string CompleteIndex()
    {
        var preload = _assets.Keys.Where(path => path.EndsWith(".js", StringComparison.Ordinal) && path != BootPath).Order(StringComparer.Ordinal)
            .Select(path => $"""<link rel="modulepreload" href="page/{Version}/{path}">""");
        return Encoding.UTF8.GetString(_assets[IndexPath].Content)
            .Replace("<!-- modules -->", string.Join('\n', preload), StringComparison.Ordinal)
            .Replace("page/version/", $"page/{Version}/", StringComparison.Ordinal);
    }
}
