namespace Malten.Client;

/// <summary>The messages of a stream heard last, as many as it can hold, to recognize those that are sent again.</summary>
internal sealed class RecentMessages
{
    private const int Held = 1024;

    private readonly HashSet<(string, Guid, Timestamp)> _known = [];
    private readonly Queue<(string, Guid, Timestamp)> _oldestFirst = [];

    /// <summary>False when it was heard before.</summary>
    public bool Add(Message message)
    {
        var key = (message.Stream, message.Id, message.Created);
        if (!_known.Add(key)) return false;
        _oldestFirst.Enqueue(key);
        if (_oldestFirst.Count > Held) _known.Remove(_oldestFirst.Dequeue());
        return true;
    }
}
