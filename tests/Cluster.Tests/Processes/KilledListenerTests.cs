using System.Net;
using Malten.Testing.Contract;

namespace Malten.Cluster.Tests.Processes;

/// <summary>Streams that hold nothing, when the node of one who listens is killed.</summary>
[Collection(nameof(TroubledNodes))]
public sealed class KilledListenerTests(TroubledNodes nodes) : IAsyncLifetime
{
    private const int Killed = 1;
    private const int Streams = 9; // some of them run on the node that is killed

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string[] _streams = [.. Enumerable.Range(0, Streams).Select(number => $"killed-{Guid.NewGuid():N}-{number}")];
    private Api[] _apis = [];

    public async ValueTask InitializeAsync()
    {
        using var http = new HttpClient();
        await nodes.Cluster.StartAsync(http);
        _apis = [.. nodes.Cluster.Nodes.Select(node => new Api([new Uri(node.Url)]))];
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var api in _apis) await api.DisposeAsync();
    }

    [Fact]
    public async Task It_has_left_and_the_others_hear_on_without_a_gap()
    {
        foreach (var stream in _streams) (await _apis[0].PostAsync("/streams", ("stream", stream), ("keep", "0"))).Created();
        var listeners = await Task.WhenAll(_apis.Select(api => api.ListenAsync(string.Join('&', _streams.Select(stream => $"stream={stream}")))));
        foreach (var listener in listeners) await AllNamedAsync(listener);
        await SayAsync("before");
        foreach (var listener in listeners) await AllHearAsync(listener, "before");

        nodes.Cluster.Nodes[Killed].Kill();
        var (gone, left) = (listeners[Killed].Handle, listeners.Where(listener => listener != listeners[Killed]).ToList());
        foreach (var stream in _streams) await SignalSoonAsync(left[0], left[1], stream); // also where the stream has just moved
        foreach (var listener in left) await AllTellOfAsync(listener, gone);
        await SayAsync("after");
        foreach (var listener in left) await AllHearAsync(listener, "after");
        await UntilRefusedAsync(left[0], gone);
        Assert.Equal(HttpStatusCode.Accepted, (await SignalAsync(left[0], left[1].Handle)).Status);
        Assert.Equal(("signal", left[0].Handle), (await left[1].NextAsync() is var heard ? heard.Type : "", heard.Payload.GetProperty("From").GetString()));
        foreach (var stream in _streams)
            Assert.Equal(left.Select(listener => listener.Handle).Order(), Named((await _apis[0].GetAsync($"/presence?stream={stream}")).Ok()));
    }

    /// <summary>Returns once a listener has been told in every stream who else listens.</summary>
    private async Task AllNamedAsync(Listener listener)
    {
        var known = new HashSet<string>();
        while (known.Count < Streams)
            if (await listener.NextPresenceAsync() is var heard && Named(heard.Payload).Count() == nodes.Cluster.Nodes.Count)
                known.Add(heard.Stream);
    }

    private async Task AllHearAsync(Listener listener, string text)
    {
        var heard = new HashSet<string>();
        while (heard.Count < Streams)
        {
            var next = await listener.NextAsync();
            if (next.Type == "signal") continue;
            Assert.Equal(("message", text), (next.Type, next.Type == "message" ? next.Text : next.Name));
            Assert.True(heard.Add(next.Stream));
        }
    }

    private async Task AllTellOfAsync(Listener listener, string gone)
    {
        var told = new HashSet<string>();
        while (told.Count < Streams)
        {
            var next = await listener.NextAsync().WaitAsync(Patience);
            if (next.Type == "signal") continue;
            Assert.Equal(("left", gone), (next.Name, next.Payload.GetProperty("Listener").GetString()));
            Assert.True(told.Add(next.Stream));
        }
    }

    private async Task SayAsync(string text)
    {
        foreach (var stream in _streams)
        {
            var id = Guid.NewGuid().ToString();
            while ((await _apis[0].PostAsync("/messages", ("stream", stream), ("message", text), ("id", id))).Status != HttpStatusCode.OK)
                await Task.Delay(50);
        }
    }

    /// <summary>Nobody is told that a listener who is there does not listen, or that a connection that is open is not.</summary>
    private async Task SignalSoonAsync(Listener from, Listener to, string stream)
    {
        using var limit = new CancellationTokenSource(Patience);
        while ((await SignalAsync(from, to.Handle, stream)).Status is var status && status != HttpStatusCode.Accepted)
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
            await Task.Delay(50, limit.Token);
        }
    }

    private async Task UntilRefusedAsync(Listener from, string gone)
    {
        using var limit = new CancellationTokenSource(Patience);
        while ((await SignalAsync(from, gone)).Status is var status && status != HttpStatusCode.NotFound)
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, status); // nobody knows yet
            await Task.Delay(50, limit.Token);
        }
    }

    private Task<Answer> SignalAsync(Listener from, string to, string? stream = null) =>
        _apis[^1].PostAsync("/signals", ("session", from.Session), ("stream", stream ?? _streams[0]), ("message", "a"), ("to", to));

    private static IEnumerable<string> Named(System.Text.Json.JsonElement presence) =>
        presence.TryGetProperty("Listeners", out var named) ? named.EnumerateArray().Select(one => one.GetString()!).Order() : [];
}
