using System.Security.Cryptography;
using System.Text;

namespace Malten.Gateway.Page;

/// <summary>
/// <c>/malten.html</c>: the whole page in one file, which people can save, compare and open from their disk. It depends on
/// the files of the page alone, so it is the same, byte for byte, wherever this version was built.
/// </summary>
internal static class SinglePage
{
    private const string Main = "main.js";
    private const string Charset = "<meta charset=\"utf-8\">";

    /// <summary>Puts the page together from its files, by path.</summary>
    public static Asset Compose(IReadOnlyDictionary<string, string> files)
    {
        var script = Script(files);
        var style = files["page.css"];
        var policy = $"default-src 'none'; script-src '{Hash(script)}'; style-src '{Hash(style)}'; connect-src http: https:; img-src data:; "
            + "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'";
        var icon = "data:image/svg+xml;base64," + Convert.ToBase64String(Encoding.UTF8.GetBytes(files["icon.svg"]));
        var page = files["index.html"]
            .Replace(Charset, $"{Charset}\n<meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">", StringComparison.Ordinal)
            .Replace("href=\"page/version/icon.svg\" type", $"href=\"{icon}\" type", StringComparison.Ordinal)
            .Replace("<link rel=\"stylesheet\" href=\"page/version/page.css\">", $"<style>{style}</style>", StringComparison.Ordinal)
            .Replace("<script type=\"module\" src=\"page/version/main.js\"></script>", $"<script type=\"module\">{script}</script>", StringComparison.Ordinal);
        var lines = page.Split('\n').Where(line => line != "<!-- modules -->" && !line.Contains("=\"page/version/", StringComparison.Ordinal));
        return new Asset("malten.html", Encoding.UTF8.GetBytes(string.Join('\n', lines)), policy + "; frame-ancestors 'none'");
    }

    /// <summary>The page's sum, as <c>sha256sum --check</c> reads it.</summary>
    public static Asset Sum(Asset page) =>
        new("malten.html.sha256", Encoding.ASCII.GetBytes($"{Convert.ToHexStringLower(SHA256.HashData(page.Content))}  malten.html\n"));

    private static string Script(IReadOnlyDictionary<string, string> files)
    {
        var ordered = new List<string>();
        Visit(Main, []);
        return "\n" + string.Join('\n', ordered.Select(path =>
            $"const {ScriptText.Identifier(path)}={ScriptText.ToExpression(path, files[path])};")) + "\n";

        void Visit(string path, HashSet<string> above)
        {
            if (ordered.Contains(path)) return;
            if (!above.Add(path)) throw new InvalidOperationException($"The modules of the page import each other in a circle at '{path}'.");
            // What is loaded on first use elsewhere is here from the beginning: the policy of one file lets nothing be loaded.
            foreach (var import in ScriptText.ImportsOf(path, files[path]).Concat(ScriptText.LaterImportsOf(path, files[path])))
                Visit(import, [.. above]);
            ordered.Add(path);
        }
    }

    private static string Hash(string content) => $"sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(content)))}";
}
