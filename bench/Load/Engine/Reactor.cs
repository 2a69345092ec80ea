namespace Malten.Bench.Load.Engine;

/// <summary>
/// One thread that reads many connections into one large buffer, so that it parses bytes that are still in the
/// processor's cache.
/// </summary>
internal sealed class Reactor : IDisposable
{
    private const int BufferSize = 256 * 1024;
    private const int EventsAtOnce = 256;
    private const long LongestWait = 20_000_000;

    private readonly Epoll _epoll = new(EventsAtOnce);
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(BufferSize, pinned: true);
    private readonly Connection[] _connections;
    private readonly Thread _thread;
    private int _count;
    private volatile bool _stopped;

    public Reactor(string name, int capacity)
    {
        _connections = new Connection[capacity];
        _thread = new Thread(Run) { IsBackground = true, Name = name };
    }

    /// <summary>Other work for this thread after each turn; returns the nanoseconds until the next one is due.</summary>
    public Func<long>? Turn { get; set; }

    /// <summary>The exception that ended the thread early; null if none did.</summary>
    public Exception? Failure { get; private set; }

    public void Start() => _thread.Start();

    /// <summary>Starts reading a connection. Call it from one thread at a time.</summary>
    public void Add(Connection connection)
    {
        _connections[_count] = connection;
        _epoll.Watch(connection.Descriptor, _count++);
    }

    public void Dispose()
    {
        _stopped = true;
        if (_thread.IsAlive) _thread.Join();
        for (var i = 0; i < _count; i++) _connections[i].Dispose();
        _epoll.Dispose();
    }

    private void Run()
    {
        try
        {
            Libc.WaitPrecisely();
            var wait = LongestWait;
            while (!_stopped)
            {
                var ready = _epoll.Wait(wait);
                for (var i = 0; i < ready; i++) Read(_connections[_epoll[i]]);
                wait = Math.Min(LongestWait, Turn?.Invoke() ?? LongestWait);
            }
        }
        catch (Exception failure)
        {
            Failure = failure;
        }
    }

    private void Read(Connection connection)
    {
        var why = "the server closed the connection";
        try
        {
            if (connection.OnReadable(_buffer)) return;
        }
        catch (IOException broken)
        {
            why = broken.Message;
        }

        _epoll.Forget(connection.Descriptor);
        connection.OnEnded(why);
    }
}
