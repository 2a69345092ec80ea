using Malten.Client;

namespace Malten.Cli.Mcp;

/// <summary>Some messages of a journal, as many as an answer to an agent may hold.</summary>
/// <param name="Notes">What is to be said about them.</param>
internal sealed record Excerpt(List<string> Notes)
{
    /// <summary>UTF-16 units of texts in one answer, unless a single message has more: an agent's attention is small.</summary>
    private const int MostText = 32_768;

    private int _length;

    public List<Heard> Messages { get; } = [];

    /// <summary>The place after the last of them.</summary>
    public Timestamp Position { get; set; }

    /// <summary>Whether others follow, in the direction in which they were looked for.</summary>
    public bool HasMore { get; init; }

    /// <summary>False when there is no room for it.</summary>
    public bool TryAdd(Heard message, int most)
    {
        if (Messages.Count == most || (Messages.Count > 0 && _length + message.Text.Length > MostText)) return false;
        _length += message.Text.Length;
        Messages.Add(message);
        return true;
    }

    /// <summary>In the other order.</summary>
    public Excerpt Reversed(bool hasMore)
    {
        Messages.Reverse();
        Notes.Reverse();
        return this with { HasMore = hasMore, Position = Messages is [.., var last] ? last.Created : Timestamp.Beginning };
    }
}
