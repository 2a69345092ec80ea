namespace Malten.Client.Connections;

/// <summary>The nodes, and the one in use: the first until it fails, then the next. Safe for use by several threads.</summary>
internal sealed class NodeList
{
    private readonly Uri[] _nodes;
    private int _current;

    /// <exception cref="ArgumentException">There is none, or one is no address of a node.</exception>
    public NodeList(IEnumerable<Uri> nodes)
    {
        _nodes = [.. nodes.Select(Base).Distinct()];
        if (_nodes.Length == 0) throw new ArgumentException("Name at least one node.", nameof(nodes));
    }

    public int Count => _nodes.Length;

    public Uri Current => _nodes[Volatile.Read(ref _current)];

    /// <summary>Moves on from a node that failed, unless somebody has already.</summary>
    public void Leave(Uri failed)
    {
        var current = Volatile.Read(ref _current);
        if (_nodes[current] == failed) Interlocked.CompareExchange(ref _current, (current + 1) % _nodes.Length, current);
    }

    /// <summary>Ends in a slash, so that relative paths are appended.</summary>
    /// <exception cref="ArgumentException">It is no address of a node.</exception>
    public static Uri Base(Uri node) =>
        node is { IsAbsoluteUri: true, Scheme: "http" or "https", UserInfo: "", Query: "", Fragment: "" }
            ? node.AbsolutePath.EndsWith('/') ? node : new Uri(node.AbsoluteUri + "/")
            : throw new ArgumentException(
                "A node is named by an address such as https://malten.example, without user, query or fragment.", nameof(node));
}
