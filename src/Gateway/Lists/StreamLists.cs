using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Malten.Streams;
using Malten.Streams.Life;
using Microsoft.Extensions.Options;
using HttpJsonOptions = Microsoft.AspNetCore.Http.Json.JsonOptions;

namespace Malten.Gateway.Lists;

/// <summary>
/// The lists of public streams, as JSON. Each is made and encoded once a second at most, however many ask for it, and may
/// be as old. A list that is being made is awaited by all who ask meanwhile. Keeps the 16 that were made last. Thread-safe.
/// </summary>
internal sealed class StreamLists(IStreamBroker broker, TimeProvider time, IOptions<HttpJsonOptions> json)
{
    private const int MostKept = 16;

    private static readonly TimeSpan Age = TimeSpan.FromSeconds(1);

    private readonly JsonTypeInfo<OrderedDictionary<string, StreamListing>> _type =
        (JsonTypeInfo<OrderedDictionary<string, StreamListing>>)json.Value.SerializerOptions.GetTypeInfo(typeof(OrderedDictionary<string, StreamListing>));

    private readonly Lock _gate = new();
    private readonly OrderedDictionary<(string Prefix, int Limit), Kept> _lists = [];

    /// <summary>The public streams whose names begin with <paramref name="prefix"/>, the most recently used first.</summary>
    public Task<ReadOnlyMemory<byte>> GetAsync(string prefix, int limit, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (!_lists.TryGetValue((prefix, limit), out var kept) || !IsGood(kept))
            {
                RemoveOld();
                kept = new Kept(MakeAsync(prefix, limit), time.GetTimestamp());
                _lists[(prefix, limit)] = kept;
            }

            return kept.List.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Has every list made anew for whoever asks next: a stream has begun here, and its beginner expects to find it.</summary>
    public void Refresh()
    {
        lock (_gate) _lists.Clear();
    }

    private bool IsGood(Kept kept) => !kept.List.IsCompleted || (kept.List.IsCompletedSuccessfully && time.GetElapsedTime(kept.Made) < Age);

    private void RemoveOld()
    {
        foreach (var (query, kept) in _lists.ToList())
            if (!IsGood(kept))
                _lists.Remove(query);
        if (_lists.Count >= MostKept) _lists.RemoveAt(0);
    }

    private async Task<ReadOnlyMemory<byte>> MakeAsync(string prefix, int limit)
    {
        await Task.Yield(); // the caller holds the lock
        var listings = await broker.ListAsync(prefix, limit, CancellationToken.None);
        var byName = new OrderedDictionary<string, StreamListing>(
            listings.Select(listing => KeyValuePair.Create(listing.Name, listing)));
        return JsonSerializer.SerializeToUtf8Bytes(byName, _type);
    }

    private sealed record Kept(Task<ReadOnlyMemory<byte>> List, long Made);
}
