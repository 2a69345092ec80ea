using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Malten.Testing;

/// <summary>
/// A server over bare sockets that answers as a test says: rubbish, slowly, or like a node. Each connection serves one request.
/// </summary>
public sealed class ScriptedNode : IAsyncDisposable
{
    /// <summary>The head of an answer that is an event stream, until the connection is closed.</summary>
    public const string EventStream = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n";

    private readonly Socket _listener = new(SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<Connection, Task> _answer;
    private readonly Task _accepting;
    private readonly List<Task> _serving = [];
    private int _open;
    private long _sent;

    /// <param name="answer">Answers one request. What <c>/messages</c> is asked, an empty page answers, unless the test wants it.</param>
    public ScriptedNode(Func<Connection, Task> answer, bool withPages = true)
    {
        _answer = withPages ? connection => connection.Path == "/messages" ? connection.AnswerAsync("[]") : answer(connection) : answer;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        _accepting = AcceptAsync();
    }

    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndPoint!).Port}");

    /// <summary>The connections that are open now.</summary>
    public int Open => Volatile.Read(ref _open);

    /// <summary>How many bytes clients have taken, or the system for them.</summary>
    public long Sent => Interlocked.Read(ref _sent);

    /// <summary>An event as a node sends it.</summary>
    public static string Event(string payload, string type = "event", string id = "") =>
        $"{(id.Length > 0 ? $"id: {id}\n" : "")}data: {{\"Id\":\"{Guid.NewGuid()}\",\"Type\":\"{type}\",\"Created\":1024,\"Payload\":{payload}}}\n\n";

    public static string OpenEvent(string stream = "s") => Event($$"""{"Name":"open","Session":"secret","Streams":["{{stream}}"]}""");

    public static string MessageEvent(string text, long created, string stream = "s") => Event(
        $$"""{"Id":"{{Guid.NewGuid()}}","Type":"message","Text":"{{text}}","Created":{{created}},"Stream":"{{stream}}"}""", "message", $"{created}");

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_serving);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var socket = await _listener.AcceptAsync(_stop.Token);
                _serving.Add(ServeAsync(socket));
            }
            catch (Exception closed) when (closed is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        Interlocked.Increment(ref _open);
        try
        {
            using (socket)
            {
                var connection = new Connection(this, socket, _stop.Token);
                if (await connection.ReadHeadAsync()) await _answer(connection);
            }
        }
        catch (Exception closed) when (closed is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // the client has gone, or the test has ended
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    }

    /// <summary>One request, and the connection for its answer.</summary>
    public sealed class Connection(ScriptedNode node, Socket socket, CancellationToken stop)
    {
        /// <summary>Its path.</summary>
        public string Path { get; private set; } = "";

        /// <summary>Its path and query.</summary>
        public string Target { get; private set; } = "";

        /// <summary>Reads up to the empty line; a body is left unread.</summary>
        public async Task<bool> ReadHeadAsync()
        {
            var (head, buffer) = (new StringBuilder(), new byte[4096]);
            while (!head.ToString().Contains("\r\n\r\n", StringComparison.Ordinal))
            {
                var count = await socket.ReceiveAsync(buffer, stop);
                if (count == 0) return false;
                head.Append(Encoding.Latin1.GetString(buffer, 0, count));
            }

            Target = head.ToString().Split(' ')[1];
            Path = Target.Split('?')[0];
            return true;
        }

        /// <summary>Sends bytes, when the client takes them.</summary>
        public async Task SendAsync(string text)
        {
            for (ReadOnlyMemory<byte> rest = Encoding.UTF8.GetBytes(text); !rest.IsEmpty;)
            {
                var count = await socket.SendAsync(rest, stop);
                Interlocked.Add(ref node._sent, count);
                rest = rest[count..];
            }
        }

        /// <summary>Sends a whole answer.</summary>
        public Task AnswerAsync(string body, string status = "200 OK", string headers = "Content-Type: application/json\r\n") =>
            SendAsync($"HTTP/1.1 {status}\r\n{headers}Content-Length: {Encoding.UTF8.GetByteCount(body)}\r\nConnection: close\r\n\r\n{body}");

        /// <summary>Waits until the client closes the connection.</summary>
        public async Task UntilClosedAsync()
        {
            var buffer = new byte[64];
            while (await socket.ReceiveAsync(buffer, stop) > 0)
            {
            }
        }
    }
}
