using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Malten.Browser.Tests.Reference;

namespace Malten.Browser.Tests.Hosting;

/// <summary>
/// Somebody who takes part in a stream that leaves no trace, written for .NET: an author with a connection, who hands over what
/// they wrote to whoever says hello, unless a test has them lie.
/// </summary>
public sealed class TracePeer : IAsyncDisposable
{
    private readonly HttpClient _client = new() { Timeout = Timeout.InfiniteTimeSpan };
    private readonly CancellationTokenSource _left = new();
    private readonly TaskCompletionSource _open = new();
    private readonly TestNode _node;
    private readonly TraceRoom _room;
    private Task _listening = Task.CompletedTask;
    private string _session = "";
    private int _answered;

    private TracePeer(TestNode node, TraceRoom room, string name) => (_node, _room, Author) = (node, room, new Enc2Author(room.Stream, name));

    public Enc2Author Author { get; }

    /// <summary>What it has written, and hands over.</summary>
    public List<TraceMessage> Own { get; } = [];

    /// <summary>The handle of its connection.</summary>
    public string Listener { get; private set; } = "";

    /// <summary>Whether it answers those who say hello.</summary>
    public bool Answers { get; set; } = true;

    /// <summary>To whom each frame with messages was said.</summary>
    public ConcurrentQueue<string> SaidTo { get; } = [];

    /// <summary>How many hellos it has answered.</summary>
    public int Answered => _answered;

    /// <summary>Frames that it heard, with who said them.</summary>
    public ConcurrentQueue<(string From, byte[] Frame)> Heard { get; } = [];

    /// <summary>Who said hello, once for each.</summary>
    public IEnumerable<string> Hellos => Heard.Where(heard => heard.Frame[0] == TraceRoom.Hello).Select(heard => heard.From);

    /// <summary>Connects, and says that it is here.</summary>
    public static async Task<TracePeer> ComeAsync(TestNode node, TraceRoom room, string name)
    {
        var peer = new TracePeer(node, room, name);
        peer._listening = peer.ListenAsync();
        await peer._open.Task.WaitAsync(TimeSpan.FromSeconds(15));
        return peer;
    }

    /// <summary>Has messages as if it had written them a while ago, in the ears of somebody who left.</summary>
    public void Have(int count, Func<int, string> text, DateTimeOffset? now = null) =>
        Have([.. Enumerable.Range(0, count).Select(_ => Guid.NewGuid().ToString())], text, now);

    /// <summary>Has messages under ids that others may use too.</summary>
    public void Have(IReadOnlyList<string> ids, Func<int, string> text, DateTimeOffset? at = null)
    {
        var count = ids.Count;
        var now = at ?? DateTimeOffset.UtcNow;
        for (var i = 0; i < count; i++)
        {
            var time = now.AddSeconds(i - count - 1);
            Author.WriteUnder(ids[i], text(i), time);
            Own.Add(new TraceMessage(ids[i], time.ToUnixTimeMilliseconds() * 1_000_000 / 1024 * 1024, Author.LastSigned));
        }
    }

    /// <summary>Posts a message.</summary>
    public async Task SayAsync(string text, string? id = null)
    {
        id ??= Guid.NewGuid().ToString();
        var message = Author.WriteUnder(id, text, DateTimeOffset.UtcNow).Message;
        var stored = await _node.PostAsync(_room.Stream.Stream, message, id: id);
        Own.Add(new TraceMessage(id, stored["Created"]!.GetValue<long>(), Author.LastSigned));
    }

    /// <summary>Says farewell, or has somebody else say it.</summary>
    public Task SayFarewellAsync(Enc2Author? signer = null) =>
        _node.PostAsync(_room.Stream.Stream, _room.SealFarewell(Author.Id, signer ?? Author));

    public Task SayHereAsync(string to = "") =>
        SignalAsync(_room.SayHere(Author, Listener, Own.Count > 0 ? Author.Number - Own.Count : 0, Own.Count), to);

    public async Task<HttpStatusCode> SignalAsync(byte[] frame, string to = "") => await SignalTextAsync(_room.Seal(Listener, to, frame), to);

    /// <summary>Sends a signal that may be anything; again where there is no room for it yet.</summary>
    public async Task<HttpStatusCode> SignalTextAsync(string message, string to = "")
    {
        while (true)
        {
            using var answer = await _client.PostAsJsonAsync($"{_node.Address}/signals",
                new { session = _session, stream = _room.Stream.Stream, message, to = to.Length > 0 ? to : null });
            if (answer.StatusCode != HttpStatusCode.TooManyRequests) return answer.StatusCode;
            await Task.Delay(20);
        }
    }

    /// <summary>Hands over everything, whether it was asked for or not.</summary>
    public async Task HandOverAsync(string to, IEnumerable<TraceMessage>? messages = null)
    {
        foreach (var frame in TraceRoom.HandOver(messages ?? Own))
        {
            SaidTo.Enqueue(to);
            await SignalAsync(frame, to);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _left.CancelAsync();
        await _listening;
        _client.Dispose();
        Author.Dispose();
        _left.Dispose();
    }

    private async Task ListenAsync()
    {
        try
        {
            using var events = await _client.GetAsync(
                $"{_node.Address}/events?stream={_room.Stream.Stream}", HttpCompletionOption.ResponseHeadersRead, _left.Token);
            using var lines = new StreamReader(await events.Content.ReadAsStreamAsync(_left.Token));
            while (await lines.ReadLineAsync(_left.Token) is { } line)
                if (line.StartsWith("data: ", StringComparison.Ordinal)) Hear(JsonNode.Parse(line[6..])!);
        }
        catch (Exception failure) when (failure is OperationCanceledException or IOException or HttpRequestException)
        {
            _open.TrySetCanceled(); // it has left, or the node has
        }
    }

    private void Hear(JsonNode whole)
    {
        var payload = whole["Payload"]!;
        if (payload["Name"]?.GetValue<string>() == "open")
        {
            (_session, Listener) = (payload["Session"]!.GetValue<string>(), payload["Listener"]!.GetValue<string>());
            _ = SayHereAsync().ContinueWith(_ => _open.TrySetResult(), TaskScheduler.Default);
        }
        else if (whole["Type"]!.GetValue<string>() == "signal") HearSignal(payload);
    }

    private void HearSignal(JsonNode payload)
    {
        var from = payload["From"]!.GetValue<string>();
        if (from == Listener) return;
        byte[] frame;
        try
        {
            frame = _room.Open(from, payload["To"]?.GetValue<string>() ?? "", payload["Text"]!.GetValue<string>());
        }
        catch (Exception failure) when (failure is CryptographicException or FormatException)
        {
            return;
        }

        Heard.Enqueue((from, frame));
        if (frame[0] == TraceRoom.Hello && Answers) _ = AnswerAsync(from, TraceRoom.AfterOf(frame, Author.Id));
    }

    private async Task AnswerAsync(string to, long after)
    {
        await SayHereAsync(to);
        await HandOverAsync(to, Own.Skip((int)(after + 1 - (Author.Number - Own.Count))));
        Interlocked.Increment(ref _answered);
    }
}
