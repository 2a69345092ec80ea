using System.Threading.Channels;

namespace Malten.Client.Tests;

/// <summary>Listens in the background, and keeps what comes until a test asks for it.</summary>
internal sealed class Listener : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Channel<StreamItem> _items = Channel.CreateUnbounded<StreamItem>();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    public Listener(MaltenClient client, IReadOnlyList<string> streams, ListenOptions? options = null)
        : this(stop => client.ListenAsync(streams, options, stop))
    {
    }

    /// <summary>Listens to whatever yields items.</summary>
    public Listener(Func<CancellationToken, IAsyncEnumerable<StreamItem>> listen) => _running = RunAsync(listen(_stop.Token));

    /// <summary>Listens, and is connected when this returns.</summary>
    public static async Task<Listener> OpenAsync(MaltenClient client, string stream, ListenOptions? options = null)
    {
        var listener = new Listener(client, [stream], options);
        await listener.NextAsync<Opened>();
        return listener;
    }

    /// <summary>The next item, whatever it is.</summary>
    public async Task<StreamItem> NextAsync()
    {
        using var limit = new CancellationTokenSource(Patience);
        return await _items.Reader.ReadAsync(limit.Token);
    }

    /// <summary>The next item of a kind; others are passed over, save those that would be noticed.</summary>
    public async Task<T> NextAsync<T>() where T : StreamItem
    {
        while (true)
        {
            var item = await NextAsync();
            if (item is T wanted) return wanted;
            var isNoticed = item is Message or Gap or EncryptedMessage or FindingsChanged or UnreadableMessage or UnencryptedMessage
                or PipeMessage or PipeWarning or PipeClosed or AuthorLeft or HistoryIncomplete or HeldByServer or MessageDisplaced;
            Assert.False(isNoticed, $"{item} came before the {typeof(T).Name}.");
        }
    }

    /// <summary>The texts of the next messages; nothing but presence may come between them, or a connection that is opened again.</summary>
    public async Task<string[]> NextTextsAsync(int count)
    {
        var texts = new List<string>();
        while (texts.Count < count) texts.Add((await NextAsync<Message>()).Text);
        return [.. texts];
    }

    /// <summary>Waits until the enumeration has ended, by itself or by an exception, which it throws.</summary>
    public Task EndAsync() => _running.WaitAsync(Patience);

    /// <summary>Stops listening, and returns when it has ended.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.ContinueWith(static _ => { }, TaskScheduler.Default);
    }

    private async Task RunAsync(IAsyncEnumerable<StreamItem> items)
    {
        try
        {
            await using var all = items.GetAsyncEnumerator();
            for (var next = all.MoveNextAsync(); await next;)
            {
                var item = all.Current;
                next = all.MoveNextAsync(); // where it waits after an item it does so before the test hears of that one, and moves the clock
                _items.Writer.TryWrite(item);
            }
        }
        finally
        {
            _items.Writer.TryComplete();
        }
    }
}
