using System.Collections.Concurrent;
using Malten.Client.Encryption;

namespace Malten.Client.Tests;

/// <summary>Somebody who takes part in a stream that leaves no trace, and says there what a test wants.</summary>
internal sealed class TracePeer : IAsyncDisposable
{
    private readonly MaltenClient _client;
    private readonly TraceLink _link;
    private readonly TraceFrames _frames;
    private readonly CancellationTokenSource _left = new();
    private readonly TaskCompletionSource<Opened> _open = new();
    private readonly Task _listening;

    private TracePeer(MaltenClient client, TraceLink link, Enc2Author? author)
    {
        (_client, _link, _frames) = (client, link, new TraceFrames(link.Keys));
        Author = author ?? new Enc2Author(new Enc2(link.Keys), "peer");
        _listening = ListenAsync();
    }

    public Enc2Author Author { get; }

    /// <summary>What it has written.</summary>
    public List<HandedMessage> Own { get; } = [];

    /// <summary>What it heard of others: frames, messages and whoever they came from, in their order.</summary>
    public ConcurrentQueue<(string From, object Said)> Heard { get; } = [];

    /// <summary>Whether it answers those who say hello.</summary>
    public bool Answers { get; set; }

    /// <summary>The handle of its connection.</summary>
    public string Handle => Opened.Listener!;

    private Opened Opened => _open.Task.Result;

    /// <summary>Connects, and says nothing.</summary>
    /// <param name="author">Somebody who was here before; null for a new author.</param>
    public static async Task<TracePeer> ComeAsync(MaltenClient client, TraceLink link, Enc2Author? author = null)
    {
        var peer = new TracePeer(client, link, author);
        await peer._open.Task.WaitAsync(TimeSpan.FromSeconds(30));
        return peer;
    }

    /// <summary>Has messages as if it had written them a while ago.</summary>
    public void Have(int count)
    {
        for (var i = 0; i < count; i++)
        {
            var (id, at) = (Guid.NewGuid(), DateTimeOffset.UtcNow.AddSeconds(i - count - 1));
            Author.Seal(id, at, $"number {i}", []);
            Own.Add(new HandedMessage(id, at.ToUnixTimeMilliseconds() * 1_000_000 / 1024 * 1024, Author.Signed));
        }
    }

    public Task<Message> PostAsync(string text)
    {
        var id = Guid.NewGuid();
        return _client.PostAsync(_link.Stream, Author.Seal(id, DateTimeOffset.UtcNow, text, []), new PostOptions { Id = id });
    }

    public Task SayHelloAsync(string? to = null) => SayAsync(TraceFrames.SayHello(new Dictionary<string, uint>()), to);

    /// <summary>Says that it is here and has so many messages, whether it does or not.</summary>
    public Task SayHereAsync(string? to = null, int? count = null) => SayAsync(_frames.SayHere(Author, Handle, 0, count ?? Own.Count), to);

    public async Task HandOverAsync(string? to = null, int after = -1)
    {
        foreach (var frame in TraceFrames.HandOver(Own.Skip(after + 1))) await SayAsync(frame, to);
    }

    public Task SayAsync(byte[] frame, string? to = null) => SayTextAsync(_frames.Seal(Handle, to ?? "", frame), to);

    public Task SayTextAsync(string text, string? to = null) => _client.SignalAsync(Opened.Session, _link.Stream, text, to);

    public async ValueTask DisposeAsync()
    {
        await _left.CancelAsync();
        await _listening;
    }

    private void Hear(Signal signal)
    {
        if (_frames.Open(signal.From, signal.To ?? "", signal.Text) is not { } frame) return;
        Heard.Enqueue((signal.From, frame));
        if (frame is HelloFrame hello && Answers) _ = AnswerAsync(signal.From, hello);
    }

    private async Task AnswerAsync(string to, HelloFrame hello)
    {
        await SayHereAsync(to);
        await HandOverAsync(to, hello.Has.TryGetValue(TraceFrames.TagOf(Author.Id), out var number) ? (int)number : -1);
    }

    private async Task ListenAsync()
    {
        try
        {
            await foreach (var item in _client.ListenAsync(_link.Stream, null, _left.Token))
            {
                if (item is Opened opened) _open.TrySetResult(opened);
                if (item is Message message) Heard.Enqueue(("", message));
                if (item is Signal signal && signal.From != Handle) Hear(signal);
            }
        }
        catch (OperationCanceledException)
        {
            // it has left
        }
    }
}
