using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using Malten.Testing.Contract;

namespace Malten.Testing.Memory;

/// <summary>
/// Says canaries in a stream in all ways in which a text comes to nodes, and hears and reads them in all ways in which it goes;
/// then looks for them in the memory of the nodes.
/// </summary>
/// <param name="nodes">Where requests are sent, in turn.</param>
/// <param name="processes">The nodes' processes.</param>
/// <param name="listens">Whether each node is listened to, and not only read.</param>
public sealed class CanarySession(IReadOnlyList<HttpClient> nodes, IReadOnlyList<int> processes, bool listens = true) : IAsyncDisposable
{
    /// <summary>How long after its end a text may be found (docs/api.md, "Life of a stream").</summary>
    private static readonly TimeSpan Promise = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly Canary _canary = new();
    private readonly List<Listener> _listeners = [];
    private readonly CancellationTokenSource _stop = new();
    private Task _talk = Task.CompletedTask;
    private int _turn;

    private HttpClient Next => nodes[(int)((uint)_turn++ % nodes.Count)];

    /// <summary>Begins a stream that lives for so many seconds after its last message.</summary>
    public Task BeginAsync(string stream, int ttl) =>
        PostAsync(Next, "/streams", ("stream", stream), ("ttl", ttl.ToString(CultureInfo.InvariantCulture)));

    /// <summary>Talks of something else in another stream, and reads it, until the session ends: the nodes are under way.</summary>
    public void TalkMeanwhile() => _talk = TalkAsync();

    /// <summary>Says, hears and reads the canaries, and sees that they are found.</summary>
    public async Task SayAsync(string stream)
    {
        foreach (var node in listens ? nodes : [])
        {
            await HearAsync(node, $"/events?stream={stream}");
            await HearAsync(node, $"/events?stream={stream}&stream=another");
        }

        await PostAsync(Next, "/messages", ("stream", stream), ("message", _canary.Text("form")));
        await PostAsync(Next, "/messages", ("stream", stream), ("message", _canary.TextToEscape("to-escape")));
        await PostAsync(Next, "/commands", ("stream", stream), ("prompt", _canary.TextToEscape("prompt-to-escape")));
        await PostFormAsync(Next, $"stream={stream}&message={Canary.Percent(_canary.Text("percent")[..300])}");
        await PostJsonAsync(Next, "/messages", $$"""{"stream":"{{stream}}","message":"{{_canary.Text("json")}}"}""");
        await PostJsonAsync(Next, "/messages", $$"""{"stream":"{{stream}}","message":"{{Canary.Escaped(_canary.Text("escaped"))}}"}""");
        await PostJsonAsync(Next, "/messages", $$"""{"stream":"{{stream}}","message":"enc2.{{_canary.Text("encrypted")}}{{_canary.Text("encrypted")}}"}""");
        await PostJsonAsync(Next, $"/messages?stream={stream}&message={_canary.Text("query")}", "");
        await PostJsonAsync(Next, $"/messages?stream={stream}&message={Canary.Percent(_canary.Text("query-percent")[..300])}", "");
        await PostJsonAsync(Next, "/commands", $$"""{"stream":"{{stream}}","prompt":"{{_canary.Text("prompt")}}"}""");
        await PostJsonAsync(Next, "/messages", $$"""{"stream":"{{stream}}","message":"{{_canary.Text("long")}}{{_canary.Text("long")}}"}""", isRefused: true);
        await PostJsonAsync(Next, "/messages", $$"""{"stream":"{{stream}}","message":"{{_canary.Text("malformed")}}""", isRefused: true);
        await PostJsonAsync(Next, "/messages", $$"""{"stream":"{{stream}}","message":"/malten {{_canary.Text("command")}}"}""");
        foreach (var node in nodes)
        {
            await StayAsync();
            Assert.Contains("-encrypted-", await node.GetStringAsync($"/messages?stream={stream}"), StringComparison.Ordinal);
            Assert.Contains("-encrypted-", await node.GetStringAsync($"/messages?stream={stream}&direction=-1"), StringComparison.Ordinal);
            if (listens) await HearAsync(node, $"/events?stream={stream}&last=0");
        }

        foreach (var listener in _listeners)
            await UntilAsync(listener, heard => heard.Type == "message" && heard.Text.StartsWith("/malten ", StringComparison.Ordinal));
        var found = new List<int>();
        foreach (var process in processes)
        {
            await StayAsync();
            found.Add(Search(process).Count);
        }

        if (listens) Assert.DoesNotContain(0, found);
        else Assert.Contains(found, count => count > 0);

        // However slow this machine is, the stream does not end yet.
        Task StayAsync() => PostAsync(Next, "/messages", ("stream", stream), ("message", "We are still here."));
    }

    /// <summary>Returns when the stream has ended, and all listeners have heard of it.</summary>
    public async Task EndedAsync(string stream)
    {
        foreach (var listener in _listeners) await UntilAsync(listener, heard => heard.Name == "expired");
        while (await Next.GetStringAsync($"/messages?stream={stream}&limit=1") != "[]") await Task.Delay(Pause);
    }

    /// <summary>Evicts all messages of a stream by as many others as it holds.</summary>
    public async Task EvictAsync(string stream)
    {
        for (var i = 0; i < 1100; i++) await PostAsync(Next, "/messages", ("stream", stream), ("message", $"other {i}"));
    }

    /// <summary>Asserts that nothing of the canaries is found within the time that is promised. Their connections stay open.</summary>
    public async Task AssertGoneAsync()
    {
        var clock = Stopwatch.StartNew();
        var found = processes.SelectMany(Search).ToList();
        for (var last = ""; found.Count > 0 && clock.Elapsed < Promise; found = [.. processes.SelectMany(Search)])
        {
            if (last != (last = Ways(found))) TestContext.Current.TestOutputHelper?.WriteLine($"{clock.Elapsed.TotalSeconds:f0} s: {last}");
            await Task.Delay(Pause);
        }

        Assert.True(found.Count == 0, $"{found.Count} found after {clock.Elapsed.TotalSeconds:f0} s: {Ways(found)}\n"
            + string.Join('\n', found.DistinctBy(one => one.Address / 1024).Take(40)));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _talk;
        foreach (var listener in _listeners) await listener.DisposeAsync();
        _stop.Dispose();
    }

    private List<Found> Search(int process) => ProcessMemory.Search(process, _canary.Patterns);

    private string Ways(List<Found> found) => string.Join(", ", found.CountBy(_canary.WayOf).Select(way => $"{way.Key} {way.Value}"));

    private async Task TalkAsync()
    {
        for (var i = 0; !_stop.IsCancellationRequested; i++)
        {
            await PostAsync(Next, "/messages", ("stream", "talk"), ("message", $"We talk of something else, {i}."));
            await Next.GetStringAsync("/messages?stream=talk");
            await Task.Delay(TimeSpan.FromMilliseconds(20));
        }
    }

    private async Task HearAsync(HttpClient node, string path) =>
        _listeners.Add(new Listener(await node.GetAsync(path, HttpCompletionOption.ResponseHeadersRead)));

    private static async Task UntilAsync(Listener listener, Predicate<Contract.Heard> isIt)
    {
        while (!isIt(await listener.NextOfAnyKindAsync()))
        {
        }
    }

    private static Task PostAsync(HttpClient node, string path, params (string Name, string Value)[] form) => PostAsync(node, path,
        string.Join('&', form.Select(one => $"{one.Name}={Uri.EscapeDataString(one.Value)}")), "application/x-www-form-urlencoded", false);

    private static Task PostFormAsync(HttpClient node, string form) => PostAsync(node, "/messages", form, "application/x-www-form-urlencoded", false);

    private static Task PostJsonAsync(HttpClient node, string path, string json, bool isRefused = false) =>
        PostAsync(node, path, json, "application/json", isRefused);

    private static async Task PostAsync(HttpClient node, string path, string body, string type, bool isRefused)
    {
        using var content = new StringContent(body, Encoding.UTF8, type);
        using var answer = await node.PostAsync(path, content);
        Assert.True(isRefused ? answer.StatusCode == HttpStatusCode.BadRequest : answer.IsSuccessStatusCode, $"{answer.StatusCode}");
    }
}
