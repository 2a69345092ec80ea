namespace Malten.Client;

/// <summary>
/// What <see cref="MaltenClient.ListenAsync(string, ListenOptions?, CancellationToken)"/> yields: a <see cref="Message"/>, a
/// <see cref="Command"/>, a <see cref="Signal"/>, an event of the stream or of the connection. Later versions may have more
/// kinds, so a <c>switch</c> needs a case for the rest. As a string it is one line for people, safe to print on a terminal; the
/// properties are as they were written.
/// </summary>
public abstract record StreamItem
{
    private protected StreamItem()
    {
    }

    /// <summary>One line for people, with control characters replaced; programs read the properties.</summary>
    public abstract override string ToString();
}
