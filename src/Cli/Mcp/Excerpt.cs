namespace Malten.Cli.Mcp;

/// <summary>Some messages of a journal, as many as an answer to an agent may hold, and what is to be said about them.</summary>
internal sealed class Excerpt
{
    /// <summary>UTF-16 units of texts in one answer, unless a single message has more: an agent's attention is small.</summary>
    private const int MostText = 32_768;

    private int _length;

    public List<Heard> Messages { get; } = [];

    public List<string> Notes { get; } = [];

    /// <summary>All that it went through, also what was not looked for.</summary>
    public List<JournalEntry> Passed { get; } = [];

    /// <summary>The place after them.</summary>
    public Position Position { get; set; }

    /// <summary>Whether others follow, in the direction in which they were looked for.</summary>
    public bool HasMore { get; private set; }

    /// <summary>Goes on to an entry. False when it is one message too many.</summary>
    /// <param name="isWanted">Which messages are meant.</param>
    public bool TryPass(JournalEntry entry, int most, Func<Heard, bool> isWanted)
    {
        if (entry.Message is { } message && isWanted(message) && !TryAdd(message, most)) return false;
        if (entry.Note is { } note) Notes.Add(note);
        Passed.Add(entry);
        return true;
    }

    /// <summary>In the other order.</summary>
    public void Reverse()
    {
        Messages.Reverse();
        Notes.Reverse();
    }

    private bool TryAdd(Heard message, int most)
    {
        if (Messages.Count == most || (Messages.Count > 0 && _length + message.Text.Length > MostText))
        {
            HasMore = true;
            return false;
        }

        _length += message.Text.Length;
        Messages.Add(message);
        return true;
    }
}
