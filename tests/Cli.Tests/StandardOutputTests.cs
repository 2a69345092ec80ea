using System.Text;
using System.Text.Json;
using Malten.Cli.Output;

namespace Malten.Cli.Tests;

/// <summary>Lines come out whole, whoever writes them.</summary>
public sealed class StandardOutputTests
{
    [Fact]
    public async Task Lines_of_several_threads_are_not_torn()
    {
        var written = new MemoryStream();
        await using var output = new StandardOutput(written);
        using var begin = new Barrier(2);
        await Task.WhenAll(Enumerable.Range(0, 2).Select(thread => Task.Run(() =>
        {
            begin.SignalAndWait();
            for (var i = 0; i < 10_000; i++) output.WriteLine($$"""{"thread":{{thread}},"line":{{i}}}""");
        })));
        var lines = Encoding.UTF8.GetString(written.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(20_000, lines.Length);
        foreach (var thread in lines.Select(line => JsonDocument.Parse(line).RootElement).GroupBy(line => line.GetProperty("thread").GetInt32()))
            Assert.Equal(Enumerable.Range(0, 10_000), thread.Select(line => line.GetProperty("line").GetInt32()));
    }

    [Fact]
    public async Task Reports_that_can_not_be_written_are_remembered_and_thrown_by_nobody()
    {
        await using var full = new StandardOutput(new Full(), throws: false);
        Assert.Null(full.Failure);
        full.WriteLine("one");
        full.WriteLine("two");
        Assert.Equal("full", full.Failure?.Message);
        await using var strict = new StandardOutput(new Full());
        Assert.Throws<IOException>(() => strict.WriteLine("one"));
    }

    private sealed class Full : MemoryStream
    {
        public override void Write(byte[] buffer, int offset, int count) => throw new IOException("full");

        public override void Write(ReadOnlySpan<byte> buffer) => throw new IOException("full");
    }
}
