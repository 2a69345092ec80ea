using System.Reflection;
using System.Security.Cryptography;
using System.Text;

namespace Malten.Gateway.Page;

/// <summary>The files of the page, read once from the assembly.</summary>
internal sealed class PageAssets
{
    private const string Prefix = "page/";
    private const string IndexPath = "index.html";
    private const string MainPath = "main.js";

    private readonly Dictionary<string, Asset> _assets;

    public PageAssets(Assembly assembly)
    {
        var files = assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .ToDictionary(PathOf, name => TextOf(PathOf(name), Read(assembly, name)));
        _assets = files.ToDictionary(file => file.Key, file => new Asset(file.Key, Encoding.UTF8.GetBytes(file.Value)));
        Version = Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(string.Concat(
            _assets.OrderBy(asset => asset.Key, StringComparer.Ordinal).Select(asset => asset.Value.Hash)))).AsSpan(0, 4));
        Index = new Asset(IndexPath, Encoding.UTF8.GetBytes(CompleteIndex()));
        Single = SinglePage.Compose(files);
        SingleSum = SinglePage.Sum(Single);
    }

    /// <summary>A hash of all files.</summary>
    public string Version { get; }

    /// <summary>The page itself.</summary>
    public Asset Index { get; }

    /// <summary>The whole page in one file.</summary>
    public Asset Single { get; }

    /// <summary>The SHA-256 of that file.</summary>
    public Asset SingleSum { get; }

    /// <summary>A file that the page is made of.</summary>
    public Asset? Find(string path) => path == IndexPath ? null : _assets.GetValueOrDefault(path);

    private static string PathOf(string name) => name[Prefix.Length..].Replace('\\', '/');

    /// <summary>
    /// A file as it is served: with the line ends of the repository, whatever the checkout made of them, and without what only
    /// its readers need.
    /// </summary>
    private static string TextOf(string path, byte[] content)
    {
        var text = Encoding.UTF8.GetString(content).ReplaceLineEndings("\n");
        return Path.GetExtension(path) switch
        {
            ".js" => ScriptText.WithoutSpacesInCode(ScriptText.WithoutIndentation(ScriptText.WithoutComments(text))),
            ".css" => ScriptText.WithoutSpaces(ScriptText.WithoutComments(text)),
            ".html" or ".webmanifest" => ScriptText.WithoutIndentation(text),
            _ => text,
        };
    }

    private static byte[] Read(Assembly assembly, string name)
    {
        using var stream = assembly.GetManifestResourceStream(name)!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>
    /// Inserts the version, and preloads of the modules that others than the main one import, which the browser would otherwise
    /// discover one by one. What is loaded on first use is not among them.
    /// </summary>
    private string CompleteIndex()
    {
        var loaded = new HashSet<string>();
        Load(MainPath);
        var preload = loaded.Except([MainPath, .. Imports(MainPath)]).Order(StringComparer.Ordinal)
            .Select(path => $"""<link rel="modulepreload" href="page/{Version}/{path}">""");
        return Encoding.UTF8.GetString(_assets[IndexPath].Content)
            .Replace("<!-- modules -->", string.Join('\n', preload), StringComparison.Ordinal)
            .Replace("page/version/", $"page/{Version}/", StringComparison.Ordinal);

        void Load(string path)
        {
            if (!loaded.Add(path)) return;
            foreach (var import in Imports(path)) Load(import);
        }
    }

    private IEnumerable<string> Imports(string path) => ScriptText.ImportsOf(path, Encoding.UTF8.GetString(_assets[path].Content));
}
