using System.Net.Http.Json;
using System.Text.Json;
using Malten.Testing.Contract;
using Malten.Testing.Nodes;

namespace Malten.Cluster.Tests.Processes;

/// <summary>Bytes that flow through a pipe while nodes are killed: both ends learn of it, and what is not concerned goes on.</summary>
[Collection(nameof(TroubledNodes))]
public sealed class ByteFailureTests(TroubledNodes nodes) : IAsyncLifetime
{
    private const string End = "\r\n0\r\n\r\n"; // the last chunk (RFC 9112, 7.1)

    private readonly HttpClient _http = new();
    private readonly List<RawConnection> _opened = [];

    private IReadOnlyList<Node> Nodes => nodes.Cluster.Nodes;

    public async ValueTask InitializeAsync() => await nodes.Cluster.StartAsync(_http);

    public async ValueTask DisposeAsync()
    {
        foreach (var connection in _opened) await connection.DisposeAsync();
        _http.Dispose();
    }

    [Fact]
    public async Task When_the_sender_s_node_is_killed_the_answer_is_broken_off_and_others_pass_bytes()
    {
        var pipe = await BeginAsync(Nodes[1]);
        var (_, receiver) = await OpenAsync(pipe, Nodes[0], Nodes[1]);
        Nodes[0].Kill();
        Assert.DoesNotContain(End, await receiver.ReadToEndAsync(), StringComparison.Ordinal);
        await PassAsync(pipe, Nodes[1], Nodes[2]);
        await PassAsync(pipe, Nodes[2], Nodes[2]);
    }

    [Fact]
    public async Task When_the_receiver_s_node_is_killed_the_sender_hears_what_was_taken_and_others_pass_bytes()
    {
        var pipe = await BeginAsync(Nodes[1]);
        var (sender, _) = await OpenAsync(pipe, Nodes[1], Nodes[0]);
        Nodes[0].Kill();
        var answer = await sender.ReadToAsync("\"taken\":3}");
        Assert.StartsWith("HTTP/1.1 410 ", answer, StringComparison.Ordinal);
        await PassAsync(pipe, Nodes[1], Nodes[2]);
    }

    [Fact]
    public async Task When_another_node_is_killed_bytes_flow_on_and_the_pipe_is_found_again()
    {
        var flows = new List<(Pipe Pipe, RawConnection Sender, RawConnection Receiver)>();
        for (var i = 0; i < 8; i++) // of which some are on the node that is killed
        {
            var pipe = await BeginAsync(Nodes[0]);
            var (sender, receiver) = await OpenAsync(pipe, Nodes[0], Nodes[1], more: true);
            flows.Add((pipe, sender, receiver));
        }

        Nodes[2].Kill();
        foreach (var (pipe, sender, receiver) in flows)
        {
            await sender.WriteAsync("defghij");
            await receiver.ReadToAsync("defghij");
            await sender.ReadToAsync("{\"Taken\":10}");
            await SendAsync(pipe, Nodes[1], "the end"); // finds the receiver that is still there
            Assert.Contains(End, await receiver.ReadToAsync("the end" + End), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Nodes_that_hold_no_streams_pass_bytes_to_each_other_and_to_silos_also_when_one_is_killed()
    {
        var (first, second) = (await nodes.Cluster.AddAsync(_http, "--role", "gateway"), await nodes.Cluster.AddAsync(_http, "--role", "gateway"));
        var pipe = await BeginAsync(first);
        foreach (var (from, to) in new[] { (first, Nodes[0]), (Nodes[0], first), (first, second), (first, first) }) await PassAsync(pipe, from, to);
        var (sender, _) = await OpenAsync(pipe, second, first);
        var (_, receiver) = await OpenAsync(await BeginAsync(second), first, Nodes[1]);
        first.Kill();
        Assert.StartsWith("HTTP/1.1 410 ", await sender.ReadToAsync("\"taken\":3}"), StringComparison.Ordinal);
        Assert.DoesNotContain(End, await receiver.ReadToEndAsync(), StringComparison.Ordinal);
        await PassAsync(pipe, second, Nodes[2]);
    }

    private async Task<Pipe> BeginAsync(Node node)
    {
        using var answer = await _http.PostAsync($"{node.Url}/pipes", null);
        var pipe = await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>();
        return new Pipe(pipe.GetProperty("stream").GetString()!, pipe.GetProperty("seats")[0].GetString()!, pipe.GetProperty("seats")[1].GetString()!);
    }

    /// <summary>A receiver, and a sender that has sent three bytes of ten.</summary>
    private async Task<(RawConnection Sender, RawConnection Receiver)> OpenAsync(Pipe pipe, Node from, Node to, bool more = false)
    {
        var receiver = await ConnectAsync(to);
        await receiver.WriteAsync($"GET /bytes?stream={pipe.Stream}&seat={pipe.Second} HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 200 ", await receiver.ReadToAsync("\r\n\r\n"), StringComparison.Ordinal);
        var sender = await ConnectAsync(from);
        await sender.WriteAsync(
            $"POST /bytes?stream={pipe.Stream}&seat={pipe.First}&more={(more ? 1 : 0)} HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
        await receiver.ReadToAsync("abc");
        return (sender, receiver);
    }

    /// <summary>Sends ten megabytes, and compares what comes.</summary>
    private async Task PassAsync(Pipe pipe, Node from, Node to)
    {
        var bytes = new byte[10_000_000];
        Random.Shared.NextBytes(bytes);
        using var response = await _http.GetAsync($"{to.Url}/bytes?stream={pipe.Stream}&seat={pipe.Second}", HttpCompletionOption.ResponseHeadersRead);
        var received = response.EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync();
        using var sent = await _http.PostAsync($"{from.Url}/bytes?stream={pipe.Stream}&seat={pipe.First}", new ByteArrayContent(bytes));
        Assert.Equal("{\"Taken\":10000000}", await sent.Content.ReadAsStringAsync());
        Assert.Equal(bytes, await received);
    }

    private async Task SendAsync(Pipe pipe, Node from, string text)
    {
        using var sent = await _http.PostAsync($"{from.Url}/bytes?stream={pipe.Stream}&seat={pipe.First}", new StringContent(text));
        sent.EnsureSuccessStatusCode();
    }

    private async Task<RawConnection> ConnectAsync(Node node)
    {
        var connection = await RawConnection.OpenAsync(new Uri(node.Url));
        _opened.Add(connection);
        return connection;
    }

    private sealed record Pipe(string Stream, string First, string Second);
}
