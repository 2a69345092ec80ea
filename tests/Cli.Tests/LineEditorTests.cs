using Malten.Cli.Chat;

namespace Malten.Cli.Tests;

/// <summary>The line that somebody is writing stays on one line of the terminal: what wraps is never cleared.</summary>
public sealed class LineEditorTests : IDisposable
{
    private readonly StringWriter _terminal = new();

    [Theory]
    [InlineData("ann-has-quite-a-long-name-indeed", 40)]
    [InlineData("名前がとても長い人の名前がとても長い人の名前", 40)]
    [InlineData("🌞🌞🌞🌞🌞🌞🌞🌞🌞🌞🌞🌞🌞🌞🌞🌞", 41)]
    [InlineData("ann-has-quite-a-long-name-indeed", 12)]
    public void Whoever_types_has_a_name_of_any_length(string name, int columns)
    {
        var line = NewLine(columns);
        line.ShowStatus($"2 here, {name}, {name} typing");
        Assert.InRange(Columns(Shown), 2, columns - 1);
        Assert.StartsWith(columns < 20 ? "> " : "[2 here", Shown, StringComparison.Ordinal);
        foreach (var character in "これは長い文章です。" + new string('x', 100)) line.Take(new ConsoleKeyInfo(character, default, false, false, false));
        Assert.InRange(Columns(Shown), 2, columns - 1);
        Assert.EndsWith("xxxx", Shown, StringComparison.Ordinal);
    }

    [Fact]
    public void A_status_that_fits_is_shown_whole()
    {
        NewLine(80).ShowStatus("2 here, ann typing");
        Assert.Equal("[2 here, ann typing] > ", Shown);
    }

    /// <summary>What was drawn last.</summary>
    private string Shown => $"{_terminal}".Split("\e[2K")[^1];

    public void Dispose() => _terminal.Dispose();

    private LineEditor NewLine(int columns) => new(_terminal, () => columns, () => null, () => 0);

    /// <summary>As terminals show them: those of CJK and emoji are two columns wide.</summary>
    private static int Columns(string text) => text.EnumerateRunes().Sum(character => character.Value >= 0x2E80 ? 2 : 1);
}
