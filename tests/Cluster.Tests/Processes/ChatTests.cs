using System.Net.Http.Json;
using System.Text.Json;
using Malten.Testing.Contract;
using Malten.Testing.Nodes;
using Malten.Testing.Provider;

namespace Malten.Cluster.Tests.Processes;

/// <summary>Answers by ChatGPT in a cluster of processes.</summary>
public sealed class ChatTests(ChatNodes nodes) : IClassFixture<ChatNodes>, IAsyncLifetime
{
    private const int Streams = 18;
    private readonly ProcessCluster _cluster = nodes.Cluster;
    private readonly List<string> _streams = [.. Enumerable.Range(0, Streams).Select(number => $"chat-{number}-{Guid.NewGuid():N}")];
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(30) };
    private readonly List<IAsyncDisposable> _opened = [];

    public async ValueTask InitializeAsync() => await _cluster.StartAsync(_http);

    public async ValueTask DisposeAsync()
    {
        foreach (var one in _opened) await one.DisposeAsync();
        _http.Dispose();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_command_is_answered_once_or_fails_visibly_also_when_the_node_that_took_it_goes(bool suddenly)
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        nodes.Provider.Reply = FakeReply.After(release.Task);
        var heard = new Dictionary<(string Stream, Node Node), Listener>();
        foreach (var stream in _streams)
        {
            await PostAsync(_cluster.Nodes[0], stream, "hello");
            foreach (var node in _cluster.Nodes) heard[(stream, node)] = await ListenAsync(node, stream);
        }

        var (commands, takers) = (new Dictionary<string, Guid>(), new Dictionary<string, Node>());
        foreach (var (index, stream) in _streams.Index()) commands[stream] = await CommandAsync(_cluster.Nodes[index % 3], stream);
        while (takers.Count < Streams)
        {
            var request = await nodes.Provider.NextRequestAsync();
            takers[request.Prompt] = _cluster.Nodes.Single(node => request.Authorization.EndsWith(ChatNodes.KeyOf(node), StringComparison.Ordinal));
        }

        var victim = takers.Values.CountBy(node => node).MaxBy(count => count.Value).Key;
        if (suddenly) victim.Kill();
        else await victim.StopAsync();
        var living = _cluster.Nodes.Where(node => node != victim).ToList();
        foreach (var stream in _streams.Where(stream => takers[stream] == victim))
            foreach (var node in living)
                Assert.Equal("failed", await OutcomeAsync(heard[(stream, node)], commands[stream]));

        release.SetResult();
        foreach (var stream in _streams.Where(stream => takers[stream] != victim))
            foreach (var node in living)
                Assert.Equal("answered", await OutcomeAsync(heard[(stream, node)], commands[stream]));

        // Those who are left answer what is asked from now on, and nothing of before a second time.
        nodes.Provider.Reply = FakeReply.Text("An answer.");
        foreach (var (index, stream) in _streams.Index())
        {
            var command = await CommandAsync(living[index % 2], stream);
            Assert.Equal("answered", await OutcomeAsync(heard[(stream, living[0])], command));
            await PostAsync(living[index % 2], stream, "end");
            foreach (var node in living)
                Assert.Equal(takers[stream] == victim ? ["hello", "An answer.", "end"] : ["hello", "An answer.", "An answer.", "end"],
                    await ReadAsync(node, stream));
            Assert.Equal(["end"], await RestAsync(heard[(stream, living[0])]));
        }

        // The provider was asked once for each of the later commands.
        foreach (var _ in _streams) await nodes.Provider.NextRequestAsync();
        Assert.Equal(0, nodes.Provider.Untaken);
    }

    /// <summary>What becomes of a command; of no other command may anything be heard.</summary>
    private static async Task<string> OutcomeAsync(Listener listener, Guid command)
    {
        while (true)
        {
            var heard = await listener.NextAsync();
            if (heard.Type == "command" || heard.Name == "answering" || heard is { Type: "message", Text: "hello" or "end" }) continue;
            Assert.Equal(command, heard.Payload.GetProperty(heard.Name == "failed" ? "Command" : "ReplyTo").GetGuid());
            return heard.Name == "failed" ? "failed" : "answered";
        }
    }

    /// <summary>The texts and events that come next, up to the end.</summary>
    private static async Task<List<string?>> RestAsync(Listener listener)
    {
        var rest = new List<string?>();
        while (rest is not [.., "end"])
        {
            var heard = await listener.NextAsync();
            rest.Add(heard.Type == "message" ? heard.Text : heard.Name);
        }

        return rest;
    }

    private async Task<Listener> ListenAsync(Node node, string stream)
    {
        var api = new Api([new Uri(node.Url)]);
        _opened.Add(api);
        return await api.HearAsync(stream);
    }

    private async Task PostAsync(Node node, string stream, string text) => await SendAsync(node, "messages", ("stream", stream), ("message", text));

    private async Task<Guid> CommandAsync(Node node, string stream) =>
        (await SendAsync(node, "commands", ("stream", stream), ("prompt", stream))).GetProperty("Id").GetGuid();

    private async Task<JsonElement> SendAsync(Node node, string path, params (string Name, string Value)[] form)
    {
        using var body = new FormUrlEncodedContent(form.Select(one => KeyValuePair.Create(one.Name, one.Value)));
        using var answer = await _http.PostAsync($"{node.Url}/{path}", body);
        answer.EnsureSuccessStatusCode();
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }

    private async Task<string[]> ReadAsync(Node node, string stream) =>
        [.. (await _http.GetFromJsonAsync<JsonElement>($"{node.Url}/messages?stream={stream}"))
            .EnumerateArray().Select(message => message.GetProperty("Text").GetString()!)];
}
