using System.Buffers;
using System.Text;
using System.Text.Json;
using Malten.Streams.Feeds;

namespace Malten.Testing;

/// <summary>A listener of a test: reads frames as a browser would, and keeps what it heard.</summary>
public sealed class Listening(FeedReader reader) : IAsyncDisposable
{
    private readonly List<Heard> _heard = [];

    public FeedReader Reader => reader;

    public IReadOnlyList<Heard> Heard => _heard;

    /// <summary>The last cursor it got: what it would send as Last-Event-ID.</summary>
    public string? Cursor => _heard.LastOrDefault(heard => heard.Id is not null)?.Id;

    /// <summary>What was said, presence left out.</summary>
    public IEnumerable<string> Said => _heard.Select(heard => heard.Said).Where(said => said != "[presence]");

    /// <summary>Reads what is there now, without waiting.</summary>
    public Listening Catch()
    {
        while (true)
        {
            var buffer = new ArrayBufferWriter<byte>();
            if (reader.Read(buffer, 32 * 1024).Bytes == 0) return this;
            Parse(Encoding.UTF8.GetString(buffer.WrittenSpan));
        }
    }

    /// <summary>Reads until it has heard what satisfies the condition.</summary>
    public async Task<Listening> UntilAsync(Func<Listening, bool> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        using var wake = limit.Token.Register(reader.Wake);
        while (!condition(Catch()))
        {
            Assert.False(limit.IsCancellationRequested, $"Heard only: {string.Join(", ", Said)}");
            await reader.WaitAsync();
        }

        return this;
    }

    /// <summary>Reads until this was said.</summary>
    public Task<Listening> UntilAsync(string said) => UntilAsync(listening => listening.Said.Contains(said));

    public ValueTask DisposeAsync() => reader.DisposeAsync();

    private void Parse(string text)
    {
        foreach (var frame in text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries))
        {
            var lines = frame.Split('\n');
            var id = lines.SingleOrDefault(line => line.StartsWith("id: ", StringComparison.Ordinal))?["id: ".Length..];
            var data = lines.Single(line => line.StartsWith("data: ", StringComparison.Ordinal))["data: ".Length..];
            Assert.Equal(id is null ? 1 : 2, lines.Length);
            _heard.Add(new Heard(id, JsonDocument.Parse(data).RootElement));
        }
    }
}
