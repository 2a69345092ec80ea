namespace Malten.Client;

/// <summary>
/// Listens and posts to Malten, at one node or several of one cluster: when a node fails, the next one takes over, posts are
/// repeated without being stored twice, and listening resumes where it was.
/// </summary>
/// <remarks>
/// Safe for use by several threads; one client serves a whole program. Names of streams have 1–128 characters, texts 1–1024,
/// users 1–32; nodes check that. Calls that a node refuses throw a <see cref="MaltenException"/> with the reason. A node that is
/// busy, full or stopping (429, 503) is asked again after its <c>Retry-After</c>, within <see cref="MaltenClientOptions.CallTimeout"/>.
/// Everything but encrypted texts is readable by whoever runs the nodes.
/// </remarks>
public sealed partial class MaltenClient : IDisposable, IAsyncDisposable
{
    private readonly MaltenClientOptions _options;
    private readonly Transport _transport;
    private readonly CancellationTokenSource _closed = new();

    /// <summary>Creates a client of these nodes, such as <c>https://malten.example</c>.</summary>
    /// <exception cref="ArgumentException">There is no node, or one is no address.</exception>
    /// <exception cref="UriFormatException">One is no address.</exception>
    public MaltenClient(params string[] nodes) : this(new MaltenClientOptions { Nodes = [.. nodes.Select(node => new Uri(node))] })
    {
    }

    /// <summary>Creates a client with options.</summary>
    /// <exception cref="ArgumentException">There is no node, one is no address, or a time limit makes no sense.</exception>
    public MaltenClient(MaltenClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        (_options, _transport) = (options, new Transport(options));
    }

    /// <summary>Cancels what is under way, and closes all connections.</summary>
    public void Dispose()
    {
        _closed.Cancel(); // never disposed: whoever listens still looks at it
        _transport.Dispose();
    }

    /// <summary>As <see cref="Dispose"/>.</summary>
    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }
}
