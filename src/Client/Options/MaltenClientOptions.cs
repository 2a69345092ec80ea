namespace Malten.Client;

/// <summary>The nodes that a client uses, its patience, and what it takes from its surroundings.</summary>
public sealed record MaltenClientOptions
{
    /// <summary>
    /// The addresses of nodes of one cluster (or of one node), <c>http</c> or <c>https</c>, with a path if a proxy serves them
    /// under one. The first is used until it fails, then the next.
    /// </summary>
    public required IReadOnlyList<Uri> Nodes { get; init; }

    /// <summary>
    /// How long a node may take to answer a request, or to open a connection to listen on. 10 s by default; less where
    /// <see cref="CallTimeout"/> would leave no time for the other nodes.
    /// </summary>
    public TimeSpan AttemptTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long one call goes on trying, over all nodes and with all waits. 30 s by default. Listening goes on until it is
    /// cancelled.
    /// </summary>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// A connection on which nothing has come for this long is taken to be dead. 40 s by default: nodes send a comment every 15 s.
    /// </summary>
    public TimeSpan SilenceTimeout { get; init; } = TimeSpan.FromSeconds(40);

    /// <summary>The longest wait before another attempt, unless a node asks for a longer one. 30 s by default.</summary>
    public TimeSpan LongestBackoff { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The longest wait that a node may ask a listener for, by <c>retry:</c> or <c>Retry-After</c>. 2 minutes by default. A longer
    /// <c>retry:</c> is cut to it; a longer <c>Retry-After</c> ends listening, once no other node takes it over, with a
    /// <see cref="MaltenException"/> that has it.
    /// </summary>
    public TimeSpan LongestRetryAfter { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>The clock of all timeouts and waits. The system's by default.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>
    /// What sends the requests, for tests and unusual networks; its owner disposes it. Null makes one that follows no redirects,
    /// keeps no cookies and closes a connection as soon as its listener leaves.
    /// </summary>
    public HttpMessageHandler? Handler { get; init; }

    /// <summary>
    /// Is told of failures, retries and changes of node, on the thread where they happen; exceptions of its own go to the caller.
    /// Entries have no text, no stream name and no secret. With <c>ILogger</c>:
    /// <c>entry => logger.Log(entry.Level == EventLevel.Warning ? LogLevel.Warning : LogLevel.Information, entry.Failure, "{Entry}", entry)</c>.
    /// </summary>
    public Action<ClientLogEntry>? Log { get; init; }

    /// <summary>Throws when a value makes no sense.</summary>
    internal void Validate()
    {
        Check(AttemptTimeout, nameof(AttemptTimeout));
        Check(CallTimeout, nameof(CallTimeout));
        Check(SilenceTimeout, nameof(SilenceTimeout));
        Check(LongestBackoff, nameof(LongestBackoff));
        Check(LongestRetryAfter, nameof(LongestRetryAfter));
        ArgumentNullException.ThrowIfNull(TimeProvider);
    }

    private static void Check(TimeSpan value, string name)
    {
        if (value <= TimeSpan.Zero || value > TimeSpan.FromDays(1))
            throw new ArgumentOutOfRangeException(name, "It must be longer than nothing, and a day at most.");
    }
}
