using System.Globalization;
using System.Text;

namespace Malten.Gateway.Commands;

public sealed class AnswerTextTests
{
    [Theory]
    [InlineData("Short.", "Short.")]
    [InlineData(" \n ")]
    [InlineData("")]
    [InlineData("enc2.AAAA", " enc2.AAAA")]
    public void A_short_answer_is_one_part_and_a_blank_one_none(string answer, params string[] parts) =>
        Assert.Equal(parts, Split(answer));

    [Fact]
    public void A_surrogate_that_stands_alone_is_replaced() => Assert.Equal(["a\ufffdb"], Split("a\ud800b"));

    [Fact]
    public void It_is_split_where_a_sentence_ends()
    {
        var (first, second) = (new string('a', 300) + " " + new string('b', 500) + "!\"", new string('c', 1000));
        Assert.Equal([first, second], Split($"{first} {second}"));
    }

    [Fact]
    public void It_is_split_at_the_end_of_a_line_as_of_a_sentence() =>
        Assert.Equal([new string('a', 600), $"b {new string('c', 900)}"], Split($"{new string('a', 600)}\nb {new string('c', 900)}"));

    [Fact]
    public void Else_where_a_word_ends()
    {
        var words = string.Join(' ', Enumerable.Repeat("abcdefg", 300)); // 128 words and their spaces are 1024 characters
        Assert.Equal<int>([1023, 1023, 351], Split(words).Select(part => part.Length));
        Assert.Equal(words, string.Join(' ', Split(words)));
    }

    [Fact]
    public void A_short_sentence_before_a_very_long_one_is_no_part_of_its_own() =>
        Assert.StartsWith("Yes. a", Split("Yes. " + string.Join(' ', Enumerable.Repeat("abcdefg", 300)))[0], StringComparison.Ordinal);

    [Fact]
    public void Without_spaces_a_full_stop_of_its_own_script_is_where_it_is_split()
    {
        var sentence = new string('字', 99) + "。";
        Assert.Equal<int>([1000, 1000, 500], Split(string.Concat(Enumerable.Repeat(sentence, 25))).Select(part => part.Length));
    }

    [Theory]
    [InlineData("👩‍👩‍👧‍👦")] // 7 characters, 11 UTF-16 code units
    [InlineData("e\u0301")]
    [InlineData("😀")]
    [InlineData("🇸🇪")]
    public void Without_words_it_is_split_between_graphemes(string grapheme)
    {
        var answer = string.Concat(Enumerable.Repeat(grapheme, 2000));
        var parts = Split(answer);
        Assert.Equal(answer, string.Concat(parts));
        Assert.All(parts, part => Assert.Equal(0, part.Length % grapheme.Length));
        Assert.InRange(Runes(parts[0]), 1024 - Runes(grapheme) + 1, 1024);
    }

    [Fact]
    public void A_grapheme_longer_than_a_message_is_cut_between_characters()
    {
        var answer = "a" + string.Concat(Enumerable.Repeat("\U0001E130", 3000)); // combining marks outside the BMP
        Assert.Equal(1, new StringInfo(answer).LengthInTextElements);
        Assert.Equal(answer, string.Concat(Split(answer)));
    }

    [Fact]
    public void A_part_after_the_first_that_looks_encrypted_is_plain()
    {
        var parts = Split(new string('a', 1000) + ". enc2." + new string('A', 1100));
        Assert.StartsWith(" enc2.", parts[1], StringComparison.Ordinal);
        Assert.Equal(1024, parts[1].Length);
    }

    [Theory]
    [InlineData("abcdefg ")]
    [InlineData("a")]
    [InlineData("enc2.")]
    [InlineData("👩‍👩‍👧‍👦")]
    public void What_is_too_long_for_all_parts_is_cut_and_shows_it(string unit)
    {
        var parts = Split(string.Concat(Enumerable.Repeat(unit, 20_000)));
        Assert.Equal(16, parts.Length);
        Assert.EndsWith(" …", parts[^1], StringComparison.Ordinal);
        Assert.All(parts, part => Assert.InRange(Runes(part), 1, 1024));
    }

    [Fact]
    public void Whatever_the_answer_nothing_is_lost_and_no_part_too_long()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        string[] units = ["a", "word ", ". ", "!\n", "。", "👩‍👩‍👧‍👦", "e\u0301\u0323", "enc2.", "\r\n", " ", "\u200d", "\ud83d", "\ude00", "ß"];
        for (var round = 0; round < 300; round++)
        {
            var answer = string.Concat(Enumerable.Range(0, random.Next(6000)).Select(_ => units[random.Next(units.Length)]));
            var parts = Split(answer);
            Assert.True(parts.All(part => Runes(part) is >= 1 and <= 1024 && !part.StartsWith("enc2.", StringComparison.Ordinal)), $"seed {seed}");
            var expected = Solid(Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(answer)));
            Assert.True(expected == Solid(string.Concat(parts)), $"seed {seed}");
        }
    }

    private static string[] Split(string answer) => [.. AnswerText.Split(answer).Select(part => part.Value)];

    private static int Runes(string text) => text.EnumerateRunes().Count();

    private static string Solid(string text) => string.Concat(text.Where(character => !char.IsWhiteSpace(character)));
}
