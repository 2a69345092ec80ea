using System.Buffers;
using System.Text;
using System.Text.Json;
using Malten.Streams.Events;
using Malten.Streams.Feeds;

namespace Malten.Gateway.Commands;

/// <summary>Hears what a stream says of commands: messages, <c>answering</c>, <c>failed</c> and <c>expired</c>.</summary>
internal sealed class Listener(FeedReader reader) : IAsyncDisposable
{
    private static readonly string[] Heard = ["answering", "failed", "expired"];
    private readonly Queue<JsonElement> _events = new();

    /// <summary>The payload of the next message or event.</summary>
    public async Task<JsonElement> NextAsync()
    {
        while (_events.Count == 0)
        {
            await reader.WaitAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20));
            ReadWhatIsThere();
        }

        return _events.Dequeue();
    }

    /// <summary>The next of that name; nothing else but <c>answering</c> may come before it.</summary>
    public async Task<JsonElement> NextAsync(string name)
    {
        var next = await NextAsync();
        while (name != "answering" && NameOf(next) == "answering") next = await NextAsync();
        Assert.Equal(name, NameOf(next));
        return next;
    }

    /// <summary>The next message of an answer; nothing but <c>answering</c> may come before it.</summary>
    public async Task<Message> NextAnswerAsync()
    {
        var message = (await NextAsync("message")).Deserialize(WireJson.Default.Message)!;
        Assert.Equal("malten", message.User);
        return message;
    }

    /// <summary>The names of all that has come and was not taken.</summary>
    public IReadOnlyList<string> Rest()
    {
        ReadWhatIsThere();
        return [.. _events.Select(NameOf)];
    }

    public ValueTask DisposeAsync() => reader.DisposeAsync();

    private static string NameOf(JsonElement payload) =>
        payload.TryGetProperty("Name", out var name) ? name.GetString()! : payload.GetProperty("Type").GetString()!;

    private void ReadWhatIsThere()
    {
        var buffer = new ArrayBufferWriter<byte>();
        while (reader.Read(buffer, 1 << 20).Bytes > 0)
        {
        }

        foreach (var line in Encoding.UTF8.GetString(buffer.WrittenSpan).Split('\n'))
        {
            if (!line.StartsWith("data: ", StringComparison.Ordinal)) continue;
            using var data = JsonDocument.Parse(line["data: ".Length..]);
            var payload = data.RootElement.GetProperty("Payload").Clone();
            if (data.RootElement.GetProperty("Type").GetString() == "message" || IsHeard(payload)) _events.Enqueue(payload);
        }
    }

    private static bool IsHeard(JsonElement payload) =>
        payload.TryGetProperty("Name", out var name) && Heard.Contains(name.GetString());
}
