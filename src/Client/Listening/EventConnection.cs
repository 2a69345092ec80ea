using System.Net.ServerSentEvents;
using System.Text.Json;
using Malten.Client.Connections;

namespace Malten.Client;

/// <summary>One connection on which a node sends events, until it ends for whatever reason.</summary>
internal sealed class EventConnection : IAsyncDisposable
{
    /// <summary>Several times what the longest event of the contract needs: an answer of 16,384 characters, each escaped.</summary>
    private const int LongestEvent = 1024 * 1024;

    private readonly MaltenClientOptions _options;
    private readonly HttpResponseMessage _response;
    private readonly CancellationToken _stop;
    private readonly CancellationTokenSource _silence;
    private readonly CancellationTokenSource _either;
    private readonly SseParser<WireEvent> _parser;
    private readonly IAsyncEnumerator<SseItem<WireEvent>> _events;
    private long _opened;

    private EventConnection(MaltenClientOptions options, Uri node, HttpResponseMessage response, Stream body, CancellationToken stop)
    {
        (_options, Node, _response, _stop) = (options, node, response, stop);
        _silence = new CancellationTokenSource(options.AttemptTimeout, options.TimeProvider);
        _either = CancellationTokenSource.CreateLinkedTokenSource(_silence.Token, stop);
        var events = new BoundedEventStream(
            body, LongestEvent, waits: () => LimitSilence(options.SilenceTimeout), arrived: () => LimitSilence(Timeout.InfiniteTimeSpan));
        _parser = SseParser.Create(events, static (_, data) => Parse(data));
        _events = _parser.EnumerateAsync(_either.Token).GetAsyncEnumerator(_either.Token);
    }

    public Uri Node { get; }

    /// <summary>Whether the node has said that it listens with us.</summary>
    public bool IsOpen { get; private set; }

    /// <summary>How long it has been open.</summary>
    public TimeSpan Lasted => IsOpen ? _options.TimeProvider.GetElapsedTime(_opened) : TimeSpan.Zero;

    /// <summary>The <c>retry:</c> that the node sent last.</summary>
    public TimeSpan? Retry => _parser.ReconnectionInterval >= TimeSpan.Zero ? _parser.ReconnectionInterval : null;

    /// <summary>Why it has ended; null as long as it has not, and when the node ended it in good order.</summary>
    public MaltenException? Failure { get; private set; }

    /// <exception cref="MaltenException">The node refused it, or did not answer.</exception>
    public static async Task<EventConnection> OpenAsync(
        Transport transport, MaltenClientOptions options, Uri node, Request request, CancellationToken cancellationToken)
    {
        var response = await transport.OpenAsync(node, request, cancellationToken).ConfigureAwait(false);
        var body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        return new EventConnection(options, node, response, body, cancellationToken);
    }

    /// <summary>The next item that the listener at this place has not heard; null when the connection has ended.</summary>
    /// <exception cref="OperationCanceledException">Whoever listens has stopped.</exception>
    public async ValueTask<StreamItem?> NextAsync(Place place)
    {
        try
        {
            while (await _events.MoveNextAsync().ConfigureAwait(false))
            {
                var item = _events.Current.Data.ToItem(Node);
                if (!IsOpen) Open(item);
                if (place.Take(item, _events.Current.EventId)) return item;
            }

            if (!IsOpen) Failure = Problem.Lost(Node, new EndOfStreamException());
        }
        catch (OperationCanceledException) when (!_stop.IsCancellationRequested)
        {
            Failure = IsOpen ? Problem.Silent(Node, _options.SilenceTimeout) : Problem.TimedOut(Node, _options.AttemptTimeout);
        }
        catch (Exception lost) when (lost is IOException or HttpRequestException)
        {
            Failure = Problem.Lost(Node, lost);
        }
        catch (InvalidDataException tooLong)
        {
            Failure = Problem.TooLong(Node, tooLong);
        }
        catch (JsonException broken)
        {
            Failure = Problem.NotMalten(Node, broken);
        }

        return null;
    }

    public async ValueTask DisposeAsync()
    {
        await _events.DisposeAsync().ConfigureAwait(false);
        _response.Dispose();
        _either.Dispose();
        _silence.Dispose();
    }

    private static WireEvent Parse(ReadOnlySpan<byte> data) =>
        JsonSerializer.Deserialize(data, WireJson.Default.WireEvent) ?? throw new JsonException("An event is null.");

    private void Open(StreamItem? first)
    {
        if (first is not Opened) throw new JsonException("The first event is not 'open'.");
        (IsOpen, _opened) = (true, _options.TimeProvider.GetTimestamp());
        LimitSilence(Timeout.InfiniteTimeSpan);
    }

    /// <summary>
    /// Any byte shows that the node lives, and no silence is counted while the caller works on an item; but 'open' has to come in
    /// time, however slowly the bytes do.
    /// </summary>
    private void LimitSilence(TimeSpan limit)
    {
        if (IsOpen) _silence.CancelAfter(limit);
    }
}
