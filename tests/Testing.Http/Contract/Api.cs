using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;

namespace Malten.Testing.Contract;

/// <summary>
/// A client of the contract that goes to the nodes in turn and closes what it opened; from an address of its own, such as
/// 127.0.0.2, if one is given.
/// </summary>
public sealed class Api(IReadOnlyList<Uri> addresses, IPAddress? from = null) : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    // A listener that goes closes its connection at once, as a browser does, instead of reading on for a while.
    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false, MaxResponseDrainSize = 0, ConnectCallback = from is null ? null : (context, _) => ConnectAsync(context, from),
    })
    {
        Timeout = Patience,
    };

    private readonly List<IAsyncDisposable> _opened = [];
    private int _turn = -1;

    /// <summary>The node whose turn it is.</summary>
    public Uri NextAddress() => addresses[(int)((uint)Interlocked.Increment(ref _turn) % addresses.Count)];

    public Task<Answer> GetAsync(string pathAndQuery) => SendAsync(new HttpRequestMessage(HttpMethod.Get, pathAndQuery));

    /// <summary>Posts a form.</summary>
    public Task<Answer> PostAsync(string pathAndQuery, params (string Name, string Value)[] form) =>
        PostAsync(pathAndQuery, string.Join('&', form.Select(one =>
            $"{Uri.EscapeDataString(one.Name)}={Uri.EscapeDataString(one.Value)}")), "application/x-www-form-urlencoded");

    public Task<Answer> PostJsonAsync(string pathAndQuery, string json) => PostAsync(pathAndQuery, json, "application/json");

    public Task<Answer> PostAsync(string pathAndQuery, string body, string? contentType) =>
        PostAsync(pathAndQuery, Encoding.UTF8.GetBytes(body), contentType);

    public Task<Answer> PostAsync(string pathAndQuery, byte[] body, string? contentType)
    {
        var content = new ByteArrayContent(body);
        if (contentType is not null) content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        return SendAsync(new HttpRequestMessage(HttpMethod.Post, pathAndQuery) { Content = content });
    }

    public async Task<Answer> SendAsync(HttpRequestMessage request)
    {
        using (request)
        {
            request.RequestUri = new Uri(NextAddress(), request.RequestUri!.ToString());
            using var response = await _http.SendAsync(request);
            return new Answer(response.StatusCode, response.Headers, response.Content.Headers, await response.Content.ReadAsByteArrayAsync());
        }
    }

    /// <summary>Asks for what comes for a while, and returns with the headers.</summary>
    public Task<HttpResponseMessage> OpenAsync(string pathAndQuery) =>
        _http.GetAsync(new Uri(NextAddress(), pathAndQuery), HttpCompletionOption.ResponseHeadersRead);

    /// <summary>Listens, and has heard <c>open</c> when this returns.</summary>
    public async Task<Listener> ListenAsync(string query, string? lastEventId = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, new Uri(NextAddress(), "/events?" + query));
        if (lastEventId is not null) request.Headers.Add("Last-Event-ID", lastEventId);
        var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.True(response.StatusCode == HttpStatusCode.OK, $"{(int)response.StatusCode}");
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        var listener = new Listener(response);
        lock (_opened) _opened.Add(listener);
        await listener.OpenAsync();
        return listener;
    }

    /// <summary>Listens to one stream.</summary>
    public Task<Listener> HearAsync(string stream, string more = "", string? lastEventId = null) =>
        ListenAsync($"stream={Uri.EscapeDataString(stream)}&{more}", lastEventId);

    /// <summary>Opens a socket to a node.</summary>
    public async Task<RawConnection> ConnectAsync(int? receiveBuffer = null)
    {
        var connection = await RawConnection.OpenAsync(NextAddress(), receiveBuffer);
        lock (_opened) _opened.Add(connection);
        return connection;
    }

    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, IPAddress from)
    {
        var socket = new Socket(from.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Bind(new IPEndPoint(from, 0));
        await socket.ConnectAsync(context.DnsEndPoint);
        return new NetworkStream(socket, ownsSocket: true);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var one in _opened) await one.DisposeAsync();
        _http.Dispose();
    }
}
