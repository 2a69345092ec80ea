using System.Text.Json.Serialization.Metadata;
using Malten.Streams;
using Malten.Streams.Life;
using Malten.Streams.Values;
using Microsoft.Extensions.Options;
using HttpJsonOptions = Microsoft.AspNetCore.Http.Json.JsonOptions;

namespace Malten.Gateway.Lists;

/// <summary>
/// The public streams, as all lists show them that are asked for within a second. They are looked up once a second at most, on
/// average, one look-up at a time, whatever is asked for and however often; a client that has begun a stream since waits for
/// the next look-up. Nothing is kept when nobody asks. Thread-safe.
/// </summary>
internal sealed class StreamLists : IDisposable
{
    /// <summary>The most streams that lists show: more than a node holds by default.</summary>
    public const int MostStreams = 131_072;

    private const int Burst = 10; // look-ups at once, after a while without any

    private static readonly TimeSpan Age = TimeSpan.FromSeconds(1);

    private readonly IStreamBroker _broker;
    private readonly TimeProvider _time;
    private readonly long _start;
    private readonly JsonTypeInfo<OrderedDictionary<string, StreamListing>> _type;
    private readonly ITimer _release;
    private readonly Lock _gate = new();
    private readonly HashSet<ClientKey> _begun = []; // whoever has begun a stream since the look-up that was made last, or is being made
    private readonly HashSet<ClientKey> _awaiting = []; // whoever had begun one before the look-up that is being made
    private Task<ListSnapshot>? _making;
    private long? _makingSince; // when the look-up began that is being made, once it has had its turn
    private ListSnapshot? _current;
    private long _made;
    private TimeSpan _fullAt; // when as many look-ups are allowed again as after a long silence

    public StreamLists(IStreamBroker broker, TimeProvider time, IOptions<HttpJsonOptions> json)
    {
        (_broker, _time, _start) = (broker, time, time.GetTimestamp());
        _type = (JsonTypeInfo<OrderedDictionary<string, StreamListing>>)json.Value.SerializerOptions.GetTypeInfo(
            typeof(OrderedDictionary<string, StreamListing>));
        _release = time.CreateTimer(static lists => ((StreamLists)lists!).ReleaseIfOld(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    private bool IsFresh => _current is not null && _time.GetElapsedTime(_made) < Age;

    private bool IsMakingOld => _makingSince is { } since && _time.GetElapsedTime(since) >= Age;

    /// <summary>The streams as of less than a second ago, and with all that the client has begun here before it asked.</summary>
    public async Task<ListSnapshot> GetAsync(ClientKey client, CancellationToken cancellationToken)
    {
        for (var waits = 1; ; waits++)
        {
            Task<ListSnapshot> made;
            bool isBehind;
            lock (_gate)
            {
                isBehind = _begun.Contains(client) || _awaiting.Contains(client);
                if (!isBehind && IsFresh) return _current!;
                isBehind |= IsMakingOld;
                made = _making ??= MakeAsync();
            }

            var snapshot = await made.WaitAsync(cancellationToken);
            if (!isBehind || waits == 2) return snapshot; // the second look-up began after the client asked
        }
    }

    /// <summary>Notes that a client has begun a stream, which it expects to find.</summary>
    public void Refresh(ClientKey client)
    {
        lock (_gate)
            if (_current is not null || _making is not null)
                _begun.Add(client);
    }

    public void Dispose() => _release.Dispose();

    private async Task<ListSnapshot> MakeAsync()
    {
        await Task.Yield(); // the caller holds the lock
        try
        {
            await WaitForTurnAsync();
            long made;
            lock (_gate)
            {
                _awaiting.UnionWith(_begun);
                _begun.Clear();
                made = _time.GetTimestamp();
                _makingSince = made;
            }

            var snapshot = new ListSnapshot(await _broker.ListAsync("", MostStreams, CancellationToken.None), _type);
            Keep(snapshot, made);
            return snapshot;
        }
        catch
        {
            Fail();
            throw;
        }
    }

    /// <summary>Takes a token from a bucket that holds <see cref="Burst"/> and gets one in every <see cref="Age"/>.</summary>
    private async Task WaitForTurnAsync()
    {
        var now = _time.GetElapsedTime(_start);
        _fullAt = (_fullAt > now ? _fullAt : now) + Age; // only the one look-up that is being made touches it
        var wait = _fullAt - now - (Burst * Age);
        if (wait > TimeSpan.Zero) await Task.Delay(wait, _time);
    }

    private void Keep(ListSnapshot snapshot, long made)
    {
        lock (_gate)
        {
            _current?.Release();
            (_current, _made, _making, _makingSince) = (snapshot, made, null, null);
            _awaiting.Clear();
            _release.Change(2 * Age, Timeout.InfiniteTimeSpan);
        }
    }

    private void Fail()
    {
        lock (_gate)
        {
            (_making, _makingSince) = (null, null);
            _begun.UnionWith(_awaiting);
            _awaiting.Clear();
        }
    }

    /// <summary>Lets go of what nobody may be given any more: names should not outlive their streams here.</summary>
    private void ReleaseIfOld()
    {
        lock (_gate)
        {
            if (IsFresh) return;
            _current?.Release();
            _current = null;
            if (_making is null) _begun.Clear();
        }
    }
}
