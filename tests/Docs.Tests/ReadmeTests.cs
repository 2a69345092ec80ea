using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Malten.Docs.Tests;

/// <summary>
/// The shell blocks of the README's section "The API", run in order as they stand, save that the node's port takes the
/// place of 9090, and the session of the first listener that of <c>THE_SESSION</c>. That of a terminal has <see cref="JsonLinesTests"/>.
/// </summary>
public sealed class ReadmeTests(Node node) : IAsyncLifetime
{
    private readonly Queue<string> _blocks = new(CodeBlock.In(Repository.Read("README.md"))
        .Where(block => block is { Section: "The API", Language: "sh", Marker: "" })
        .Select(block => block.Code.Replace("localhost:9090", node.Address.Authority, StringComparison.Ordinal)));

    private Shell _ann = null!;

    public async ValueTask InitializeAsync()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The blocks need a shell.");
        _ann = Shell.Start(_blocks.Dequeue());
        await _ann.WaitForAsync("\"Name\":\"open\"");
    }

    public ValueTask DisposeAsync() => _ann?.DisposeAsync() ?? ValueTask.CompletedTask;

    [Fact]
    public async Task Each_block_of_the_API_does_what_the_text_says()
    {
        await PostsAreAnsweredAndHeardAsync();
        await StreamsBeginAndAreListedAsync();
        await MessagesAreReadInPagesAsync();
        await ListenersResumeWhereTheyWereAsync();
        await OneConnectionHearsSeveralStreamsAsync();
        await PresenceIsReadAndSetAsync();
        await CommandsAreHeardAndAnsweredAsync();
        await PipesNeedTheirSeatAsync();
        Assert.Empty(_blocks); // a new block needs a check
        foreach (var path in new[] { "healthz", "readyz" }) (await node.Http.GetAsync(path)).EnsureSuccessStatusCode();
    }

    private async Task PostsAreAnsweredAndHeardAsync()
    {
        var answers = await Shell.RunAsync(_blocks.Dequeue());
        Assert.Matches("\"Text\":\"hello world\".*\"User\":\"bob\"", answers);
        Assert.Contains("\"Text\":\"hello again\"", answers, StringComparison.Ordinal);
        await _ann.WaitForAsync("\"Text\":\"hello world\"");
        await _ann.WaitForAsync("\"Text\":\"hello again\"");
    }

    private async Task StreamsBeginAndAreListedAsync()
    {
        var answers = await Shell.RunAsync(_blocks.Dequeue());
        Assert.Contains("""{"stream":"news","private":false,"ttl":3600,"keep":1024}""", answers, StringComparison.Ordinal);
        Assert.Contains("\"news\":{\"Created\":", answers, StringComparison.Ordinal);
    }

    private async Task MessagesAreReadInPagesAsync()
    {
        var pages = (await Shell.RunAsync(_blocks.Dequeue())).Split("][");
        Assert.Matches("hello world.*hello again", pages[0]);
        Assert.Matches("hello again.*hello world", pages[1]);
    }

    private async Task ListenersResumeWhereTheyWereAsync()
    {
        await using var resumed = Shell.Start(_blocks.Dequeue());
        await resumed.WaitForAsync("\"Name\":\"open\"");
        await PostAsync("foo", "live");
        await resumed.WaitForAsync("\"Text\":\"live\"");
        Assert.Matches("data: .*\"Text\":\"while you were away\"", resumed.Output); // its post was answered with it before
        Assert.DoesNotMatch("hello (world|again)|\"gap\"", resumed.Output); // no repeat, no hole
    }

    private async Task OneConnectionHearsSeveralStreamsAsync()
    {
        await using var both = Shell.Start(_blocks.Dequeue());
        await both.WaitForAsync("\"Name\":\"open\"");
        await PostAsync("foo", "to one");
        await PostAsync("news", "to the other");
        await both.WaitForAsync("\"Text\":\"to one\"");
        await both.WaitForAsync("\"Text\":\"to the other\"");
    }

    private async Task PresenceIsReadAndSetAsync()
    {
        var session = Regex.Match(_ann.Output, "\"Session\":\"(?<session>[^\"]+)\"").Groups["session"].Value;
        var presence = await Shell.RunAsync(_blocks.Dequeue().Replace("THE_SESSION", session, StringComparison.Ordinal));
        Assert.Contains("""{"User":"ann","Status":"online"}""", presence, StringComparison.Ordinal);
        await _ann.WaitForAsync("""{"User":"ann","Status":"typing"}""");
    }

    private async Task CommandsAreHeardAndAnsweredAsync()
    {
        var command = _blocks.Dequeue();
        Assert.Contains("\"Type\":\"command\"", await Shell.RunAsync(command), StringComparison.Ordinal);
        await _ann.WaitForAsync("\"Prompt\":\"What did we talk about?\"");
        var observers = await CountObserversAsync();
        await using var clock = Shell.Start(_blocks.Dequeue());
        while (await CountObserversAsync() <= observers) await Task.Delay(10); // it prints nothing before it answers
        await Shell.RunAsync(command);
        await clock.WaitForAsync("\"User\":\"clock\"");
        await _ann.WaitForAsync("\"Text\":\"It is ");
    }

    private async Task PipesNeedTheirSeatAsync()
    {
        var answers = await Shell.RunAsync(_blocks.Dequeue());
        Assert.Contains("\"Text\":\"just us\"", answers, StringComparison.Ordinal);
        var stream = JsonNode.Parse(answers.Split('\n')[0])!["stream"]!.GetValue<string>();
        Assert.Equal(HttpStatusCode.Forbidden, (await node.Http.GetAsync($"messages?stream={stream}")).StatusCode);
    }

    private async Task PostAsync(string stream, string message) => (await node.Http.PostAsync("messages",
        new FormUrlEncodedContent([new("stream", stream), new("message", message)]))).EnsureSuccessStatusCode();

    private async Task<int> CountObserversAsync() =>
        JsonNode.Parse(await node.Http.GetStringAsync("presence?stream=foo"))!["Observers"]!.GetValue<int>();
}
