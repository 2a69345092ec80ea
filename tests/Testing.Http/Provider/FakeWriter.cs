using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Malten.Testing.Provider;

/// <summary>Writes an answer piece by piece, as server-sent events of the OpenAI protocol.</summary>
public sealed class FakeWriter(HttpContext context, FakeRequest request)
{
    /// <summary>Cancelled when the client has gone.</summary>
    public CancellationToken Gone => context.RequestAborted;

    /// <summary>The next piece.</summary>
    public Task WriteAsync(string? piece) => SendAsync(Chunk([new { index = 0, delta = new { role = "assistant", content = piece } }]));

    /// <summary>A text that is no event of the protocol.</summary>
    public async Task WriteRawAsync(string text)
    {
        await context.Response.WriteAsync(text, Gone);
        await context.Response.Body.FlushAsync(Gone);
    }

    /// <summary>The end, and what it all cost if the client asked for that.</summary>
    public async Task EndAsync(string finish = "stop", int? tokens = FakeReply.Tokens)
    {
        await SendAsync(Chunk([new { index = 0, delta = new { }, finish_reason = finish }]));
        if (tokens is { } total && request.AsksForUsage)
            await SendAsync(Chunk([], new { prompt_tokens = total - 1, completion_tokens = 1, total_tokens = total }));
        await WriteRawAsync("data: [DONE]\n\n");
    }

    /// <summary>The end of an answer that never had a choice.</summary>
    public async Task EndWithoutChoicesAsync()
    {
        await SendAsync(Chunk([]));
        await WriteRawAsync("data: [DONE]\n\n");
    }

    /// <summary>Breaks the connection.</summary>
    public void Abort() => context.Abort();

    private static object Chunk(object[] choices, object? usage = null) => new
    {
        id = "chatcmpl-1", @object = "chat.completion.chunk", created = 1_795_219_513, model = "some-model", choices, usage,
    };

    private Task SendAsync(object chunk) => WriteRawAsync($"data: {JsonSerializer.Serialize(chunk)}\n\n");
}
