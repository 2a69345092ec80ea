using System.Globalization;

namespace Malten.Browser.Tests.Hosting;

/// <summary>How much memory the pages of a browser use: the proportional set size (PSS) of each renderer, without files, as Linux counts it.</summary>
public sealed class PageMemory : IAsyncDisposable
{
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(200);

    private readonly CancellationTokenSource _stop = new();
    private readonly Dictionary<int, long> _first;
    private readonly Dictionary<int, long> _most = [];
    private readonly Task _watching;

    private PageMemory(Dictionary<int, long> first)
    {
        _first = first;
        _watching = WatchAsync();
    }

    /// <summary>Watches all renderers that there are now.</summary>
    public static async Task<PageMemory> WatchAsync(IBrowser browser)
    {
        var session = await browser.NewBrowserCDPSessionAsync();
        var processes = (await session.SendAsync("SystemInfo.getProcessInfo"))!.Value.GetProperty("processInfo").EnumerateArray();
        var renderers = processes.Where(process => process.GetProperty("type").GetString() == "renderer")
            .Select(process => process.GetProperty("id").GetInt32());
        var first = renderers.ToDictionary(id => id, Read);
        await session.DetachAsync();
        return new PageMemory(first);
    }

    /// <summary>By how many bytes the renderer has grown that has grown most, at any time since.</summary>
    public async Task<long> GrowthAsync()
    {
        await _stop.CancelAsync();
        await _watching;
        return _first.Max(one => _most[one.Key] - one.Value);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _watching;
        _stop.Dispose();
    }

    private async Task WatchAsync()
    {
        do
        {
            foreach (var id in _first.Keys) _most[id] = Math.Max(_most.GetValueOrDefault(id), Read(id));
            await Task.Delay(Between, _stop.Token).ContinueWith(_ => { }, TaskScheduler.Default);
        }
        while (!_stop.IsCancellationRequested);
    }

    private static long Read(int id)
    {
        // Not of files: a process has more of the browser's own code for itself as others come and go.
        var lines = File.ReadLines($"/proc/{id}/smaps_rollup").Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(line => line[0] is "Pss_Anon:" or "Pss_Shmem:").ToArray();
        Assert.Equal(2, lines.Length);
        return 1024 * lines.Sum(line => long.Parse(line[1], CultureInfo.InvariantCulture));
    }
}
