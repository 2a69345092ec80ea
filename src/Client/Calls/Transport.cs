using System.Diagnostics.Tracing;
using System.Net;
using System.Text.Json;
using Malten.Client.Connections;

namespace Malten.Client;

/// <summary>Sends requests to nodes, and repeats what may be repeated.</summary>
internal sealed class Transport : IDisposable
{
    /// <summary>More than a page of 1024 messages can have.</summary>
    private const int LongestAnswer = 32 * 1024 * 1024;

    private readonly MaltenClientOptions _options;
    private readonly HttpClient _http;
    private readonly CancellationTokenSource _closed = new();

    public Transport(MaltenClientOptions options)
    {
        _options = options;
        Nodes = new NodeList(options.Nodes);
        _http = new HttpClient(options.Handler ?? NewHandler(), disposeHandler: options.Handler is null)
        {
            Timeout = Timeout.InfiniteTimeSpan, // ours follow the clock that was given
            MaxResponseContentBufferSize = LongestAnswer,
        };
    }

    public NodeList Nodes { get; }

    /// <summary>Sends a request until a node answers it, for as long as a call may take.</summary>
    /// <param name="read">Reads the answer's body; throws <see cref="JsonException"/> for one that breaks the contract.</param>
    /// <param name="beforeAgain">Runs before each attempt but the first, with the failure of the one before; its exceptions end the call.</param>
    /// <exception cref="MaltenException">It was refused, or not answered.</exception>
    public async Task<T> CallAsync<T>(
        Request request, Func<byte[], T> read, CancellationToken cancellationToken, Func<MaltenException, CancellationToken, Task>? beforeAgain = null)
    {
        var attempts = new Attempts(_options, Nodes);
        MaltenException? failed = null;
        while (true)
        {
            if (failed is not null && beforeAgain is not null) await beforeAgain(failed, cancellationToken).ConfigureAwait(false);
            var node = Nodes.Current;
            try
            {
                return await AttemptAsync(node, request, read, attempts.Limit, cancellationToken).ConfigureAwait(false);
            }
            catch (MaltenException failure) when (MayRepeat(request, failure))
            {
                if (attempts.WaitAfter(failure, node) is not { } wait) throw;
                Log(new ClientLogEntry(EventLevel.Warning, "A request failed and is repeated.", node, failure));
                if (wait > TimeSpan.Zero) await WaitAsync(wait, cancellationToken).ConfigureAwait(false);
                failed = failure;
            }
        }
    }

    /// <summary>Sends a request once, to the node in use; where it fails, the next one is used from then on.</summary>
    /// <exception cref="MaltenException">It was refused, or not answered.</exception>
    public async Task<T> CallOnceAsync<T>(Request request, Func<byte[], T> read, CancellationToken cancellationToken)
    {
        var node = Nodes.Current;
        try
        {
            return await AttemptAsync(node, request, read, new Attempts(_options, Nodes).Limit, cancellationToken).ConfigureAwait(false);
        }
        catch (MaltenException failure) when (failure.MayPass)
        {
            if (failure.Status != HttpStatusCode.TooManyRequests) Nodes.Leave(node);
            throw;
        }
    }

    /// <summary>Sends a request once.</summary>
    /// <exception cref="MaltenException">It was refused, or not answered.</exception>
    public async Task<T> AttemptAsync<T>(Uri node, Request request, Func<byte[], T> read, TimeSpan limit, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(node, request, HttpCompletionOption.ResponseContentRead, limit, cancellationToken).ConfigureAwait(false);
        try
        {
            return read(await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false));
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException)
        {
            throw Problem.NotMalten(node, broken);
        }
    }

    /// <summary>Opens a connection to listen on; the caller disposes the answer, whose body has not been read.</summary>
    /// <exception cref="MaltenException">It was refused, or not answered.</exception>
    public async Task<HttpResponseMessage> OpenAsync(Uri node, Request request, CancellationToken cancellationToken)
    {
        var response = await SendAsync(node, request, HttpCompletionOption.ResponseHeadersRead, _options.AttemptTimeout, cancellationToken)
            .ConfigureAwait(false);
        if (response.Content.Headers.ContentType?.MediaType == request.Accept) return response;
        response.Dispose();
        throw Problem.NotMalten(node);
    }

    public void Log(ClientLogEntry entry) => _options.Log?.Invoke(entry);

    public void Dispose()
    {
        _closed.Cancel(); // never disposed: whoever waits still looks at it
        _http.Dispose();
    }

    private static bool MayRepeat(Request request, MaltenException failure) =>
        failure.MayPass && (request.IsIdempotent || failure.HadNoEffect);

    private async Task WaitAsync(TimeSpan wait, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _closed.Token);
        try
        {
            await Task.Delay(wait, _options.TimeProvider, stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
    }

    private async Task<HttpResponseMessage> SendAsync(
        Uri node, Request request, HttpCompletionOption completion, TimeSpan limit, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(limit, _options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        using var message = request.To(node);
        HttpResponseMessage? response = null;
        try
        {
            response = await _http.SendAsync(message, completion, either.Token).ConfigureAwait(false);
            if (response.IsSuccessStatusCode) return response;
            using (response) throw await Problem.OfAsync(response, node, _options.TimeProvider, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw Problem.TimedOut(node, limit);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (HttpRequestException failure)
        {
            throw Problem.Of(failure, node);
        }
        catch (IOException failure)
        {
            throw Problem.Lost(node, failure);
        }
    }

    /// <summary>
    /// Redirects are not followed: they would turn posts into reads, and lead credentials of pipes elsewhere. A connection whose
    /// listener leaves is closed at once instead of being read to its end.
    /// </summary>
    private static HttpMessageHandler NewHandler() => OperatingSystem.IsBrowser()
        ? new HttpClientHandler()
        : new SocketsHttpHandler
        {
            AllowAutoRedirect = false, UseCookies = false, MaxResponseDrainSize = 0, PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        };
}
