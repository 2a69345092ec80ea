using System.Diagnostics.Tracing;
using System.Net;
using System.Runtime.CompilerServices;
using Malten.Client.Connections;

namespace Malten.Client;

/// <summary>Listens over one connection after another, as if it were one.</summary>
internal sealed class Listening(Transport transport, MaltenClientOptions client, IReadOnlyList<string> streams, ListenOptions options)
{
    /// <summary>For nodes that name no <c>retry:</c>.</summary>
    private static readonly TimeSpan DefaultRetry = TimeSpan.FromSeconds(1);

    private readonly Place _place = new(streams, options.After);
    private readonly Dictionary<Uri, (Backoff Backoff, TimeSpan Retry)> _drops = []; // of nodes that have dropped a connection
    private Backoff _rounds = new(client.LongestBackoff); // in which no node took one
    private int _unopened; // attempts in a row
    private int _badAnswers; // connections in a row
    private MaltenException? _asksTooLong; // of a node that has been asked in this round of unopened attempts

    /// <summary>All items, until it is cancelled, the pipe ends, or a node refuses for good.</summary>
    public async IAsyncEnumerable<StreamItem> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            var node = transport.Nodes.Current;
            var (connection, failure) = await TryOpenAsync(node, cancellationToken).ConfigureAwait(false);
            if (connection is not null)
            {
                await using var open = connection.ConfigureAwait(false);
                while (await connection.NextAsync(_place).ConfigureAwait(false) is { } item) yield return item;
                failure = connection.Failure;
            }

            _place.Leave();
            cancellationToken.ThrowIfCancellationRequested();
            if (options.Seat is not null && _place.HasEnded) yield break;
            if (failure?.Status != HttpStatusCode.TooManyRequests) transport.Nodes.Leave(node); // else it would ask too much of the next
            var next = transport.Nodes.Current;
            var wait = connection is { IsOpen: true } ? WaitAfter(connection, next) : WaitAfter(failure!, next);
            transport.Log(new ClientLogEntry(
                failure is null ? EventLevel.Informational : EventLevel.Warning, "A connection has ended or could not be opened.", node, failure));
            yield return new Disconnected { Node = node, RetryIn = wait, Cause = failure };
            await DelayAsync(wait, next, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Waits before the next attempt. Where a post has found meanwhile that another node is to be next, that one's wait counts.</summary>
    private async Task DelayAsync(TimeSpan wait, Uri next, CancellationToken cancellationToken)
    {
        for (var waited = TimeSpan.Zero; ; wait = WaitFor(next))
        {
            if (wait > waited)
            {
                await Task.Delay(wait - waited, client.TimeProvider, cancellationToken).ConfigureAwait(false);
                waited = wait;
            }

            if (transport.Nodes.Current == next) return;
            next = transport.Nodes.Current;
        }
    }

    private async Task<(EventConnection? Connection, MaltenException? Failure)> TryOpenAsync(Uri node, CancellationToken cancellationToken)
    {
        try
        {
            if (!_place.IsKnown) _place.Begin(await FindNewestAsync(node, cancellationToken).ConfigureAwait(false));
            return (await EventConnection.OpenAsync(transport, client, node, NewRequest(), cancellationToken).ConfigureAwait(false), null);
        }
        catch (MaltenException failure)
        {
            return (null, failure);
        }
    }

    private Request NewRequest()
    {
        var parameters = new Parameters { { "last", _place.Cursor }, { "user", options.User }, { "seat", options.Seat } };
        foreach (var stream in streams) parameters.Add("stream", stream);
        return Request.Get("events", parameters) with { Accept = "text/event-stream" };
    }

    /// <summary>One after another: a node that sends long answers has one of them in memory here, and not one for each stream.</summary>
    private async Task<IReadOnlyList<Timestamp>> FindNewestAsync(Uri node, CancellationToken cancellationToken)
    {
        var newest = new List<Timestamp>();
        foreach (var stream in streams) newest.Add(await FindNewestAsync(node, stream, cancellationToken).ConfigureAwait(false));
        return newest;
    }

    private Task<Timestamp> FindNewestAsync(Uri node, string stream, CancellationToken cancellationToken)
    {
        var page = Request.Get("messages", new Parameters { { "stream", stream }, { "limit", "1" }, { "seat", options.Seat } });
        return transport.AttemptAsync(node, page, static body => Body.ReadPage(body) is [.., var newest] ? newest.Created : Timestamp.Beginning,
            client.AttemptTimeout, cancellationToken);
    }

    /// <summary>
    /// The wait after a connection that was open: the node has said how long. It is twice as long after each connection that the node
    /// which comes next has dropped, whatever others did: where several nodes end one after another, the last is not waited for in vain.
    /// </summary>
    private TimeSpan WaitAfter(EventConnection connection, Uri next)
    {
        (_unopened, _asksTooLong) = (0, null);
        CountBadAnswers(connection.Failure);
        if (Backoff.IsHealthy(connection.Lasted))
        {
            _drops.Clear();
            _rounds = new Backoff(client.LongestBackoff);
        }

        var asked = connection.Retry ?? DefaultRetry;
        var retry = asked < client.LongestRetryAfter ? asked : client.LongestRetryAfter;
        if (!_drops.TryGetValue(connection.Node, out var drops)) drops = (new Backoff(client.LongestBackoff), retry);
        drops.Backoff.Fail();
        _drops[connection.Node] = drops with { Retry = retry };
        return Longer(WaitFor(next), new Backoff(client.LongestBackoff).Wait(retry));
    }

    /// <summary>The wait before a node is tried: none unless it has dropped connections.</summary>
    private TimeSpan WaitFor(Uri node) => _drops.TryGetValue(node, out var drops) ? drops.Backoff.Wait(drops.Retry) : TimeSpan.Zero;

    private static TimeSpan Longer(TimeSpan one, TimeSpan other) => one > other ? one : other;

    /// <summary>
    /// The wait after an attempt that failed: none as long as there are nodes that have not been tried and may be, unless the next has
    /// dropped connections.
    /// </summary>
    private TimeSpan WaitAfter(MaltenException failure, Uri next)
    {
        CountBadAnswers(failure);
        if (failure is { Fault: MaltenFault.Refused, IsTransient: false }) throw failure;
        if (failure.RetryAfter > client.LongestRetryAfter) _asksTooLong = failure;
        if (failure.Status != HttpStatusCode.TooManyRequests && ++_unopened % transport.Nodes.Count != 0) return WaitFor(next);
        if (_asksTooLong is not null) throw _asksTooLong;
        var asked = failure.RetryAfter is { } retry && retry > DefaultRetry ? retry : DefaultRetry;
        return Longer(_rounds.Next(asked), WaitFor(next));
    }

    /// <summary>Gives up once no node answers as one of Malten does.</summary>
    private void CountBadAnswers(MaltenException? failure)
    {
        _badAnswers = failure?.Fault == MaltenFault.BadAnswer ? _badAnswers + 1 : 0;
        if (_badAnswers >= transport.Nodes.Count) throw failure!;
    }
}
