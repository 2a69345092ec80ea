using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Malten.Streams.Values;
using Malten.Testing;
using Microsoft.AspNetCore.Http;

namespace Malten.Docs.Tests;

/// <summary>
/// The two functions of <c>docs/recipes.md</c> keep what the page promises when nodes and answers are lost. Their own pauses are left out.
/// </summary>
public sealed class RecipeFunctionTests : IAsyncLifetime
{
    private const string Silence = "read -r -t 40";
    private const string WithoutPauses = "sleep() { :; }\n";

    private readonly FakeTime _time = new(DateTimeOffset.UtcNow);
    private readonly string _functions =
        CodeBlock.In(Repository.Read("docs/recipes.md")).Single(block => block.Marker == "file: malten.sh").Code + WithoutPauses;

    private readonly HttpClient _http = new();
    private RunningNode _streams = null!;
    private RunningNode _node = null!;
    private Func<HttpContext, RequestDelegate, Task> _before = (context, next) => next(context);

    /// <summary>A node over streams that outlive it.</summary>
    public async ValueTask InitializeAsync()
    {
        Tools.Require("bash", "curl", "jq");
        _streams = await RunningNode.StartAsync(new NodeSettings { Time = _time });
        _http.BaseAddress = _streams.Address;
        _node = await RunningNode.StartAsync(new NodeSettings
        {
            Broker = _streams.Broker, Before = app => app.Use(next => context => _before(context, next)),
        });
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        if (_node is not null) await _node.DisposeAsync();
        if (_streams is not null) await _streams.DisposeAsync();
    }

    [Fact]
    public async Task A_post_is_stored_once_whatever_becomes_of_its_answers()
    {
        var requests = 0;
        _before = (context, next) => Interlocked.Increment(ref requests) switch
        {
            1 => RefuseForNowAsync(context),
            2 => LoseAsync(context),
            3 => StoreAndLoseAsync(context, next),
            _ => next(context),
        };
        await using var post = Start("post s 'just once' ann 2>/dev/null; echo \"code $?\"");
        await post.EndAsync();
        Assert.Equal(("code 0\n", 4), (post.Output, requests));
        Assert.Equal(["just once"], await TextsAsync());

        static Task RefuseForNowAsync(HttpContext context)
        {
            (context.Response.StatusCode, context.Response.Headers.RetryAfter) = (503, "1");
            return Task.CompletedTask;
        }

        static Task StoreAndLoseAsync(HttpContext context, RequestDelegate next)
        {
            context.Response.Body = Stream.Null;
            return next(context).ContinueWith(_ => context.Abort(), TaskScheduler.Default);
        }

        static Task LoseAsync(HttpContext context)
        {
            context.Abort();
            return Task.CompletedTask;
        }
    }

    [Fact]
    public async Task A_post_that_is_refused_says_why_and_is_not_repeated()
    {
        var requests = 0;
        _before = (context, next) =>
        {
            requests++;
            return next(context);
        };
        await using var post = Start($"post s '{new string('x', 1025)}' 2>&1; echo \"code $?\"");
        await post.EndAsync();
        Assert.Equal(1, requests);
        Assert.Matches("(?s)\"param\":\"message\".*code 22\n$", post.Output);
    }

    [Fact]
    public async Task A_post_gives_up_in_the_end()
    {
        await _node.KillAsync();
        await using var post = Start("post s hello 2>/dev/null; echo \"code $?\"");
        await post.EndAsync();
        Assert.Equal("code 7\n", post.Output);
    }

    [Theory]
    [InlineData("set -euo pipefail\n")]
    [InlineData("")]
    public async Task A_listener_resumes_without_a_hole_or_a_repeat_also_where_nothing_had_come_yet(string options)
    {
        await AppendAsync("old");
        await using var listener = Start($"{options}listen s | {Texts}");
        await ListensAsync();
        foreach (var text in new[] { "1", "\"Type\":\"message\",\"Created\":5,\"Name\":\"expired\"", "3" })
        {
            await _node.KillAsync();
            await AppendAsync(text);
            await _node.StartAgainAsync();
            await listener.WaitForAsync($"{text}\n");
        }

        await AppendAsync("4");
        await listener.WaitForAsync("4\n");
        Assert.Equal("1\n\"Type\":\"message\",\"Created\":5,\"Name\":\"expired\"\n3\n4\n", listener.Output);
    }

    [Fact]
    public async Task It_begins_where_it_is_told()
    {
        var created = await AppendAsync("1");
        await AppendAsync("2");
        await using (var all = Start($"listen s 0 | {Texts}")) await all.WaitForAsync("1\n2\n");
        await using var rest = Start($"listen s {created} | {Texts}");
        await rest.WaitForAsync("2\n");
        Assert.Equal("2\n", rest.Output);
    }

    [Fact]
    public async Task A_stream_that_begins_again_is_heard_without_a_gap()
    {
        await using var listener = Start($"listen s | {Texts}");
        await ListensAsync();
        await AppendAsync("first life");
        await listener.WaitForAsync("first life\n");
        _time.Advance(TimeSpan.FromSeconds(1025));
        await listener.WaitForAsync("(expired)\n");
        await _node.KillAsync();
        await AppendAsync("second life");
        await _node.StartAgainAsync();
        await listener.WaitForAsync("second life\n");
        Assert.Equal("first life\n(expired)\nsecond life\n", listener.Output);
    }

    [Fact]
    public async Task What_is_gone_leaves_a_gap()
    {
        await using var listener = Start($"listen s | {Texts}");
        await ListensAsync();
        await AppendAsync("heard");
        await listener.WaitForAsync("heard\n");
        await _node.KillAsync();
        for (var i = 0; i <= StreamLimits.Messages; i++) await AppendAsync("missed");
        await AppendAsync("newest");
        await _node.StartAgainAsync();
        await listener.WaitForAsync("newest\n");
        Assert.StartsWith("heard\n(gap)\nmissed\n", listener.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_on_which_nothing_comes_is_given_up()
    {
        Assert.Contains(Silence, _functions, StringComparison.Ordinal);
        var connections = 0;
        _before = (context, next) => context.Request.Path == "/events" && Interlocked.Increment(ref connections) == 1
            ? Task.Delay(Timeout.Infinite, context.RequestAborted)
            : next(context);
        await using var listener = Shell.Start(Script($"listen s | {Texts}").Replace(Silence, "read -r -t 1", StringComparison.Ordinal));
        await Eventually.IsSoAsync(() => Volatile.Read(ref connections) > 1);
        await AppendAsync("heard");
        await listener.WaitForAsync("heard\n");
    }

    [Fact]
    public async Task It_ends_when_nobody_reads_it_any_more()
    {
        await using var listener = Start("listen s | head -n 1; echo \"codes ${PIPESTATUS[*]}\"");
        await listener.WaitForAsync("\"open\"");
        foreach (var text in new[] { "nobody", "reads", "this" }) await AppendAsync(text);
        await listener.WaitForAsync("codes ");
    }

    /// <summary>Prints the texts of messages, and the names of what breaks them off.</summary>
    private const string Texts = """
        jq --unbuffered -r 'if .Type == "message" then .Payload.Text else .Payload.Name | select(. == "gap" or . == "expired") | "(\(.))" end'
        """;

    private Shell Start(string script) => Shell.Start(Script(script));

    private string Script(string script) => $"MALTEN_URL='{_node.Address.GetLeftPart(UriPartial.Authority)}'\n{_functions}\n{script}";

    /// <summary>Posts where the streams are, and returns when it was stored.</summary>
    private async Task<long> AppendAsync(string text)
    {
        var answer = await _http.PostAsync("messages", new FormUrlEncodedContent([new("stream", "s"), new("message", text)]));
        return (await answer.Content.ReadFromJsonAsync<JsonNode>())!["Created"]!.GetValue<long>();
    }

    private async Task<IEnumerable<string>> TextsAsync() =>
        (await _http.GetFromJsonAsync<JsonNode[]>("messages?stream=s"))!.Select(message => $"{message["Text"]}");

    private Task ListensAsync() => Eventually.IsSoAsync(async () =>
        (await _http.GetFromJsonAsync<JsonNode>("presence?stream=s"))!["Observers"]!.GetValue<int>() == 1);
}
