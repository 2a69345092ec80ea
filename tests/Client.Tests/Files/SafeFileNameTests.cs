using System.Text;

namespace Malten.Client.Tests;

/// <summary>No name that somebody else chose leaves the folder, hides, or is taken for something else.</summary>
public sealed class SafeFileNameTests
{
    [Theory]
    [InlineData("photo.jpg", "photo.jpg")]
    [InlineData("été à Graz.txt", "été à Graz.txt")]
    [InlineData("日本語.pdf", "日本語.pdf")]
    [InlineData("../../etc/passwd", "_.._.._etc_passwd")]
    [InlineData("..\\..\\boot.ini", "_.._.._boot.ini")]
    [InlineData("/etc/passwd", "_etc_passwd")]
    [InlineData("C:\\x", "C__x")]
    [InlineData("a:stream", "a_stream")]
    [InlineData(".", "file")]
    [InlineData("..", "file")]
    [InlineData("", "file")]
    [InlineData("   ", "file")]
    [InlineData(".bashrc", "_.bashrc")]
    [InlineData("-rf", "_-rf")]
    [InlineData("~root", "_~root")]
    [InlineData("CON", "_CON")]
    [InlineData("nul.txt", "_nul.txt")]
    [InlineData("com1 .txt", "_com1 .txt")]
    [InlineData("LPT²", "_LPT²")]
    [InlineData("console.txt", "console.txt")]
    [InlineData("name. . ", "name")]
    [InlineData("a\0b\nc\u001b[2J", "a_b_c_[2J")]
    [InlineData("gpj\u202Eexe.jpg", "gpjexe.jpg")]
    [InlineData("a\u200Bb\uFEFFc", "abc")]
    [InlineData("e\u0301", "\u00E9")]
    [InlineData("what?*<>|\"", "what______")]
    [InlineData("a.malten-part", "a_malten-part")]
    [InlineData("a.Malten-PART. ", "a_Malten-PART")]
    [InlineData("a.malten\u200B-part", "a_malten-part")]
    [InlineData(".malten-part", "__malten-part")]
    [InlineData("cat.jpg\u3164\u115F\u1160\uFFA0\u2800\u034F.exe", "cat.jpg.exe")]
    [InlineData("cat.jpg\uFE00\uFE0F\U000E0100.exe", "cat.jpg.exe")]
    [InlineData("cat.jpg                    .exe", "cat.jpg .exe")]
    [InlineData("cat.jpg \u00A0\u2003\u3000\u200B \u2800 .exe", "cat.jpg .exe")]
    [InlineData("Screenshot at 9.41\u202FAM.png", "Screenshot at 9.41\u202FAM.png")]
    [InlineData("a\u030D\u030D\u030D\u030D\u030D\u030D\u030D\u030D.txt", "a\u030D\u030D\u030D\u030D.txt")]
    [InlineData("e\u034F\u0301.txt", "\u00E9.txt")]
    public void Hostile_names_become_harmless_ones(string name, string safe)
    {
        Assert.Equal(safe, SafeFileName.Of(name));
        Assert.Equal(safe, SafeFileName.Of(safe));
    }

    [Fact]
    public void Half_of_a_character_is_replaced() => Assert.Equal("a\uFFFD.txt", SafeFileName.Of("a\uD83D.txt"));

    [Fact]
    public void Long_names_are_cut_and_keep_their_extension()
    {
        var safe = SafeFileName.Of(new string('é', 255) + ".tar.gz");
        Assert.EndsWith("é.gz", safe, StringComparison.Ordinal);
        Assert.InRange(Encoding.UTF8.GetByteCount(safe), 190, 200);
    }
}
