using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Malten.Testing.Contract;

/// <summary>API.md, "GET /events": the same events as JSON, one a line.</summary>
public abstract class LinesContract<THost> : ContractTests<THost> where THost : IContractHost<THost>
{
    private const string Lines = "application/x-ndjson";
    private const string Events = "text/event-stream";

    [Fact]
    public async Task Each_line_is_what_stands_after_data_in_a_server_sent_event()
    {
        var (stream, other) = (NewName(), NewName());
        var posted = (await PostAsync(stream, "before\nthe \"listener\""))[0];
        var raw = await OpenAsync($"stream={stream}&stream={other}&last=0");
        var listener = await Api.ListenAsync($"stream={stream}&stream={other}&last=0");
        Assert.Equal("open", JsonElement.Parse(await LineAsync(raw)).GetProperty("Payload").GetProperty("Name").GetString());
        await PostAsync(other, "a", "/malten b");
        await Api.PostAsync("/signals", ("session", listener.Session), ("stream", stream), ("message", "signal"));
        var lines = new List<JsonElement>();
        while (lines.Count < 5)
            if (JsonElement.Parse(await LineAsync(raw)) is var line && !line.GetRawText().Contains("\"presence\"", StringComparison.Ordinal))
                lines.Add(line);
        var heard = new List<string>();
        for (var i = 0; i < 5; i++) heard.Add((await listener.NextAsync()).Json.GetRawText());
        Assert.Equal(heard.Order(), lines.Select(line => line.GetRawText()).Order());
        Assert.Contains(lines, line => line.GetProperty("Created").GetInt64() == posted);
    }

    [Fact]
    public async Task It_resumes_by_the_moment_of_the_last_message()
    {
        var stream = NewName();
        await PostAsync(stream, "1", "2");
        var raw = await OpenAsync($"stream={stream}&last=0");
        await LineAsync(raw);
        var first = JsonElement.Parse(await LineAsync(raw)).GetProperty("Created").GetInt64();
        var resumed = await OpenAsync($"stream={stream}&last={first}");
        await LineAsync(resumed);
        Assert.Equal("2", JsonElement.Parse(await LineAsync(resumed)).GetProperty("Payload").GetProperty("Text").GetString());
    }

    [Fact]
    public async Task An_empty_line_comes_every_15_seconds()
    {
        var stream = NewName();
        var raw = await OpenAsync($"stream={stream}");
        await raw.ReadToAsync("presence");
        await raw.ReadToAsync("\n");
        for (var i = 0; i < 3; i++)
        {
            await PassAsync(14.9);
            await PostAsync(stream, $"before {i}");
            Assert.StartsWith("{", await LineAsync(raw), StringComparison.Ordinal);
            await PassAsync(0.1);
            Assert.Equal("", await LineAsync(raw));
        }
    }

    [Theory]
    [InlineData(null, Events)]
    [InlineData("*/*", Events)]
    [InlineData("text/html, */*;q=0.1", Events)]
    [InlineData("application/json", Events)]
    [InlineData("not a media type", Events)]
    [InlineData(Events, Events)]
    [InlineData($"{Lines}, {Events}", Events)]
    [InlineData($"{Lines};q=0.4, {Events};q=0.5", Events)]
    [InlineData($"{Lines};q=0", Events)]
    [InlineData($"{Lines};q=0.5, */*", Events)]
    [InlineData($"{Lines};q=0, application/*", Events)]
    [InlineData(Lines, Lines)]
    [InlineData("Application/X-NDJSON; charset=utf-8", Lines)]
    [InlineData($"{Lines}, */*", Lines)]
    [InlineData($"{Lines}, text/*", Lines)]
    [InlineData($"{Lines};q=0.5, {Events};q=0.4, */*;q=0.3", Lines)]
    [InlineData($"{Events};q=0, */*", Lines)]
    [InlineData("application/*", Lines)]
    public async Task Whoever_asks_for_it_gets_it(string? accept, string type)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(Api.NextAddress(), $"/events?stream={NewName()}"));
        if (accept is not null) request.Headers.TryAddWithoutValidation("Accept", accept);
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal((HttpStatusCode.OK, new MediaTypeHeaderValue(type)), (response.StatusCode, response.Content.Headers.ContentType!));
        Assert.Contains("Accept", response.Headers.Vary);
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync());
        Assert.StartsWith(type == Lines ? "{" : ":", await lines.ReadLineAsync(), StringComparison.Ordinal); // at once
    }

    private async Task<RawConnection> OpenAsync(string query)
    {
        var raw = await Api.ConnectAsync();
        await raw.GetAsync($"/events?{query}", $"Accept: {Lines}\r\n");
        Assert.Contains($"Content-Type: {Lines}\r\n", await raw.ReadToAsync("\r\n\r\n"), StringComparison.Ordinal);
        return raw;
    }

    private static async Task<string> LineAsync(RawConnection raw) => (await raw.ReadToAsync("\n")).TrimEnd('\n');
}
