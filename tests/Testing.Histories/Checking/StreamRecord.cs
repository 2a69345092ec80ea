namespace Malten.Testing.Histories.Checking;

/// <summary>What a history says of one stream.</summary>
internal sealed class StreamRecord(string name)
{
    public string Name => name;

    /// <summary>What was sent, by id.</summary>
    public Dictionary<Guid, SentMessage> Sent { get; } = [];

    /// <summary>The reads that were answered, in the order in which they began.</summary>
    public List<PageRead> Reads { get; } = [];

    /// <summary>The listeners, by process.</summary>
    public Dictionary<string, ListenerRecord> Listeners { get; } = [];

    /// <summary>Every time that a client saw a message: acknowledged, in a page, or heard. In the order of time.</summary>
    public List<Sighting> Sightings { get; } = [];

    /// <summary>Every message that was seen, each as it was seen first.</summary>
    public Dictionary<Guid, Sighting> FirstSightings { get; } = [];

    public void See(Posted message, HistoryEvent where)
    {
        var sighting = new Sighting(message, where.At, where.Op);
        Sightings.Add(sighting);
        FirstSightings.TryAdd(message.Id, sighting);
    }
}

/// <summary>A message that was sent, perhaps several times with one id.</summary>
internal sealed record SentMessage(Guid Id, string Text, long Invoked)
{
    /// <summary>When it was first acknowledged; null when it was not.</summary>
    public long? Acknowledged { get; set; }

    /// <summary>How often it was sent.</summary>
    public int Attempts { get; set; }
}

/// <summary>A read that was answered.</summary>
internal sealed record PageRead(long Op, int? Node, long Invoked, int Limit, IReadOnlyList<Posted> Page)
{
    /// <summary>Whether a message of this time may have given way to newer ones.</summary>
    public bool MayLack(long created) => Page.Count >= Limit && created < Page[0].Created;
}

/// <summary>Someone saw a message.</summary>
internal sealed record Sighting(Posted Message, long At, long Op);

/// <summary>What a listener did and heard, over all its connections, in order.</summary>
internal sealed record ListenerRecord(string Process)
{
    public List<HistoryEvent> Events { get; } = [];

    /// <summary>Where its next connection has to continue; null before the first.</summary>
    public long? Cursor { get; set; }
}
