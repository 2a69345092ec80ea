using System.Text.Json.Nodes;
using Malten.Testing;

namespace Malten.Docs.Tests;

/// <summary>
/// The JSON on <c>docs/api.md</c>: a block marked <c>answer: request</c> has the members of the real answer, in their order
/// and of their kinds.
/// </summary>
public sealed class ApiPageTests(Node node) : IAsyncLifetime
{
    private const string Mark = "answer: ";

    private Stream? _ann;

    /// <summary>The stream of the examples has a message, and ann listens.</summary>
    public async ValueTask InitializeAsync()
    {
        await AnswerAsync("POST /messages?stream=lunch&message=hello&user=ann");
        _ann = await node.Http.GetStreamAsync("/events?stream=lunch&user=ann");
    }

    public ValueTask DisposeAsync() => _ann?.DisposeAsync() ?? ValueTask.CompletedTask;

    /// <summary>The examples on the page, by request.</summary>
    public static TheoryData<string> Requests =>
        [.. CodeBlock.In(Repository.Read("docs/api.md")).Where(block => block.Language == "json").Select(block => block.Marker)];

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task An_example_looks_like_the_answer(string marker)
    {
        Assert.StartsWith(Mark, marker, StringComparison.Ordinal);
        var example = CodeBlock.In(Repository.Read("docs/api.md")).Single(block => block.Marker == marker).Code;
        // A list may be a second old, and the stream have been begun just now.
        if (marker.Contains("GET /streams", StringComparison.Ordinal))
            await Eventually.IsSoAsync(async () => await AnswerAsync(marker[Mark.Length..]) != "{}");
        Assert.Equal(Shape(JsonNode.Parse(await AnswerAsync(marker[Mark.Length..]))), Shape(JsonNode.Parse(example)));
    }

    private async Task<string> AnswerAsync(string request)
    {
        var (method, target) = (request.Split(' ')[0], request.Split(' ')[1]);
        if (target.StartsWith("/events", StringComparison.Ordinal)) return await HearAsync(target, request.Split(' ')[^1]);
        var (path, query) = (target.Split('?')[0], target.Contains('?') ? target.Split('?')[1] : "");
        using var message = new HttpRequestMessage(new HttpMethod(method), method == "POST" ? path : target);
        if (method == "POST") message.Content = new StringContent(query, null, "application/x-www-form-urlencoded");
        return await (await node.Http.SendAsync(message)).Content.ReadAsStringAsync();
    }

    /// <summary>The first event of that name or type on a connection.</summary>
    private async Task<string> HearAsync(string target, string name)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var lines = new StreamReader(await node.Http.GetStreamAsync(target, limit.Token));
        while (await lines.ReadLineAsync(limit.Token) is { } line)
            if (line.StartsWith("data: ", StringComparison.Ordinal) && line.Contains($"\"{name}\"", StringComparison.Ordinal))
                return line["data: ".Length..];
        throw new EndOfStreamException("The connection was closed.");
    }

    /// <summary>Names and kinds, without the values; an array is like its first element.</summary>
    private static string Shape(JsonNode? node) => node switch
    {
        JsonObject members => $"{{{string.Join(',', members.Select(member => $"{member.Key}:{Shape(member.Value)}"))}}}",
        JsonArray { Count: > 0 } elements => $"[{Shape(elements[0])}]",
        JsonArray => "[]",
        null => "null",
        _ => node.GetValueKind() is System.Text.Json.JsonValueKind.True or System.Text.Json.JsonValueKind.False
            ? "boolean"
            : node.GetValueKind().ToString(),
    };
}
