using System.Threading.Channels;
using Malten.Client;

namespace Malten.Browser.Tests.Hosting;

/// <summary>Listens by the client library in the background, and keeps what comes until a test asks for it.</summary>
internal sealed class Heard : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Channel<StreamItem> _items = Channel.CreateUnbounded<StreamItem>();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    public Heard(Func<CancellationToken, IAsyncEnumerable<StreamItem>> listen) => _running = RunAsync(listen(_stop.Token));

    public async Task<T> NextAsync<T>(Func<T, bool>? isIt = null) where T : StreamItem
    {
        using var limit = new CancellationTokenSource(Patience);
        while (true)
            if (await _items.Reader.ReadAsync(limit.Token) is T item && isIt?.Invoke(item) != false) return item;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.ContinueWith(static _ => { }, TaskScheduler.Default);
        _stop.Dispose();
    }

    private async Task RunAsync(IAsyncEnumerable<StreamItem> items)
    {
        await foreach (var item in items) _items.Writer.TryWrite(item);
    }
}
