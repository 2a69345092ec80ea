using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Malten.Architecture.Tests;

/// <summary>How long files, methods and lines may be.</summary>
public sealed class SourceTests
{
    private const int LongestFile = 300;
    private const int LongestMethod = 40;

    [Fact]
    public void No_file_of_the_program_is_too_long() => AssertNone(
        from path in Repository.Files("src", "*.cs")
        let lines = Repository.Read(path).TrimEnd().Split('\n').Length
        where lines > LongestFile
        select $"{path} has {lines} lines, more than {LongestFile}");

    [Fact]
    public void No_method_of_the_program_is_too_long() => AssertNone(
        from path in Repository.Files("src", "*.cs")
        from method in CSharpSyntaxTree.ParseText(Repository.Read(path)).GetRoot().DescendantNodes()
        where method is BaseMethodDeclarationSyntax or AccessorDeclarationSyntax or LocalFunctionStatementSyntax
        let span = method.GetLocation().GetLineSpan()
        let lines = span.EndLinePosition.Line - span.StartLinePosition.Line + 1
        where lines > LongestMethod
        select $"{path}, line {span.StartLinePosition.Line + 1}: a method of {lines} lines, more than {LongestMethod}");

    [Fact]
    public void No_line_of_code_is_longer_than_editorconfig_says()
    {
        var longest = LongestLine();
        AssertNone(
            from folder in new[] { "src", "tests", "bench" }
            from path in Repository.Files(folder, "*.cs")
            from line in Repository.Read(path).Split('\n').Index()
            where line.Item.Length > longest
            select $"{path}, line {line.Index + 1}: {line.Item.Length} characters, more than {longest}");
    }

    /// <summary>The <c>max_line_length</c> of C# files.</summary>
    private static int LongestLine()
    {
        const string Key = "max_line_length = ";
        var line = Repository.Read(".editorconfig").Split('\n')
            .SkipWhile(line => line != "[*.cs]").First(line => line.StartsWith(Key, StringComparison.Ordinal));
        return int.Parse(line[Key.Length..], null);
    }

    private static void AssertNone(IEnumerable<string> findings)
    {
        var all = findings.ToList();
        Assert.True(all.Count == 0, string.Join('\n', all));
    }
}
