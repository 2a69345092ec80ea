using System.Text;
using Malten.Cli.Output;

namespace Malten.Cli.Tests;

/// <summary>Lines are told apart wherever the bytes of a pipe happen to be cut.</summary>
public sealed class InputLinesTests
{
    [Theory]
    [InlineData("", new string[0])]
    [InlineData("a", new[] { "a" })]
    [InlineData("a\n", new[] { "a" })]
    [InlineData("a\r\nb\rc\n\nü\r\r\nd", new[] { "a", "b", "c", "", "ü", "", "d" })]
    public async Task An_end_is_a_line_feed_a_carriage_return_or_both(string input, string[] lines) =>
        Assert.Equal(lines.Select(line => new InputLine(line, null)), await ReadAsync(Encoding.UTF8.GetBytes(input)));

    [Fact]
    public async Task A_line_that_has_a_fault_takes_no_other_with_it()
    {
        var longest = new string('x', InputLines.Most);
        byte[] input = [.. Encoding.UTF8.GetBytes($"{longest}\n{longest}y\ngood\n"), 0xFF, (byte)'\n', .. Encoding.UTF8.GetBytes($"also\n{longest}y")];
        var lines = await ReadAsync(input);
        Assert.Equal([longest, "", "good", "", "also", ""], lines.Select(line => line.Text));
        Assert.Equal([false, true, false, true, false, true], lines.Select(line => line.Fault is not null));
        Assert.Equal("is not UTF-8.", lines[3].Fault);
    }

    private static async Task<List<InputLine>> ReadAsync(byte[] input)
    {
        await using var source = new MemoryStream(input);
        return await InputLines.ReadAsync(source, CancellationToken.None).ToListAsync();
    }
}
