using System.Text;
using System.Text.Json;
using Malten.Streams.Events;

namespace Malten.Streams.Tests;

/// <summary>Texts are escaped as the JSON writer of .NET does it.</summary>
public sealed class TextConverterTests
{
    public static TheoryData<string> Texts =>
    [
        "", "plain", "\"quoted\"", "back\\slash", "line\nfeed\r\tand \u0000\u001f\u007f", "<b>&'+</b>", "Zwölf Boxkämpfer", "漢字かな",
        "😀🏳️‍🌈", "\u2028\u2029\ufeff", "\u0085\u00a0\u200b", new string('x', 5000) + "\"",
        string.Concat(Enumerable.Repeat("\u0001😀\"é", 1024)),
    ];

    [Theory, MemberData(nameof(Texts))]
    public void It_is_what_the_writer_would_write(string text)
    {
        var written = Write(writer => JsonSerializer.Serialize(writer, new CommandPayload(text, "s"), WireJson.Default.CommandPayload));
        Assert.Equal(Write(writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("Prompt", text);
            writer.WriteString("Stream", "s");
            writer.WriteEndObject();
        }), written);
    }

    private static string Write(Action<Utf8JsonWriter> write)
    {
        using var output = new MemoryStream();
        using (var writer = new Utf8JsonWriter(output, WireJson.Writing)) write(writer);
        return Encoding.UTF8.GetString(output.ToArray());
    }
}
