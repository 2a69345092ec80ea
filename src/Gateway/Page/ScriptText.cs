using System.Text.RegularExpressions;

namespace Malten.Gateway.Page;

/// <summary>
/// The page's modules as text. They are written plainly enough for this to work on lines: a comment stands alone or after
/// code, and an import or export begins its line. What it would get wrong, the tests of the page would notice.
/// </summary>
internal static partial class ScriptText
{
    /// <summary>A module or style sheet without comments and blank lines: browsers have no use for them.</summary>
    public static string WithoutComments(string text) =>
        BlankLines().Replace(CommentAfterCode().Replace(Comment().Replace(text, ""), ""), "\n").TrimStart('\n');

    /// <summary>A text whose lines all begin at their margin.</summary>
    public static string WithoutIndentation(string text) => Indentation().Replace(text, "\n");

    /// <summary>A style sheet without the spaces beside its punctuation.</summary>
    public static string WithoutSpaces(string style) => SpaceByPunctuation().Replace(style, "");

    /// <summary>A module without the spaces beside its punctuation; strings, templates and regular expressions keep theirs.</summary>
    public static string WithoutSpacesInCode(string module) => SpaceInCode().Replace(module, match => match.Groups["keep"].Value);

    /// <summary>The paths of the modules that a module imports, in the form of its own path.</summary>
    public static IEnumerable<string> ImportsOf(string path, string module) =>
        Import().Matches(module).Select(import => Resolve(path, import.Groups["from"].Value));

    /// <summary>The paths of the modules that it loads on first use.</summary>
    public static IEnumerable<string> LaterImportsOf(string path, string module) =>
        LaterImport().Matches(module).Select(import => Resolve(path, import.Groups["from"].Value));

    /// <summary>A module as an expression: an object with what the module exports. What it loads on first use is there already.</summary>
    public static string ToExpression(string path, string module)
    {
        var exports = Export().Matches(module).Select(export => export.Groups["name"].Value);
        var body = Import().Replace(module, import => $"const {Binding(import)}={Identifier(Resolve(path, import.Groups["from"].Value))};");
        body = LaterImport().Replace(body, import => $"Promise.resolve({Identifier(Resolve(path, import.Groups["from"].Value))})");
        return $"(()=>{{\n{Export().Replace(body, "${what} ${name}").Trim('\n')}\nreturn{{{string.Join(',', exports)}}};\n}})()";
    }

    /// <summary>The name of a module's object.</summary>
    public static string Identifier(string path) => "module_" + NotInNames().Replace(path[..^".js".Length], "_");

    private static string Binding(Match import) => import.Groups["all"].Success
        ? import.Groups["all"].Value
        : $"{{{import.Groups["some"].Value.Replace(" as ", ":", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal)}}}";

    private static string Resolve(string path, string relative) => new Uri(new Uri("page:///" + path), relative).AbsolutePath.TrimStart('/');

    [GeneratedRegex(@"^[ ]*(?:/\*\*?[^\n]*?(?:\n[ ]*\*[^\n]*?)*?(?:\n[ ]*)?\*/|//[^\n]*)\n", RegexOptions.Multiline)]
    private static partial Regex Comment();

    [GeneratedRegex(@"(?<=[;{,)\]]) // [^\n]*$", RegexOptions.Multiline)]
    private static partial Regex CommentAfterCode();

    [GeneratedRegex(@"\n{2,}")]
    private static partial Regex BlankLines();

    [GeneratedRegex(@"(?<=[{};:,])\s+|\s+(?=[{}])|;(?=\s*\})")]
    private static partial Regex SpaceByPunctuation();

    // An import or export stays as it is, because it is read by its form. A space beside + or - may keep two of them apart.
    [GeneratedRegex("""
        (?<keep>
            ^(?:import|export)\ [^\n]*
            | '(?:\\.|[^'\\\n])*'
            | "(?:\\.|[^"\\\n])*"
            | `(?:\\.|\$\{(?:[^`{}]|`(?:\\.|[^`\\])*`)*\}|[^`\\])*`
            | (?<=[(,=:!&|?\[]\ ?)/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\[\n])+/[a-z]*
        )
        | (?<=[=,;:{}()\[\]<>&|?!*%])[ ]+
        | [ ]+(?=[=,;:{}()\[\]<>&|?!*%])
        """, RegexOptions.Multiline | RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex SpaceInCode();

    [GeneratedRegex(@"\n[ ]+")]
    private static partial Regex Indentation();

    [GeneratedRegex(@"^import (?:\* as (?<all>\w+)|\{(?<some>[^}]*)\}) from '(?<from>[^']+)';", RegexOptions.Multiline)]
    private static partial Regex Import();

    [GeneratedRegex(@"\bimport\('(?<from>[^']+)'\)")]
    private static partial Regex LaterImport();

    [GeneratedRegex(@"^export (?<what>const|class|function\*?|async function) (?<name>\w+)", RegexOptions.Multiline)]
    private static partial Regex Export();

    [GeneratedRegex(@"\W")]
    private static partial Regex NotInNames();
}
