using System.CommandLine;
using System.Runtime.CompilerServices;
using Malten.Client;

namespace Malten.Cli.Commands;

/// <summary>What a command listens or posts to: open streams by their names, or what a link opens.</summary>
/// <param name="Names">The streams' names.</param>
/// <param name="Link">The link of an encrypted stream, or of one that leaves no trace, which is then the only one.</param>
/// <param name="Node">The node that the link names.</param>
internal sealed record StreamSource(string[] Names, MaltenLink? Link = null, Uri? Node = null)
{
    /// <exception cref="UsageException">It opens a pipe.</exception>
    public static StreamSource Of(MaltenLink link) => link switch
    {
        EncryptedLink or TraceLink => new StreamSource([link.Stream], link, link.Node),
        PipeLink => throw new UsageException("This link opens a pipe: use 'malten chat'."),
        StreamLink => new StreamSource([link.Stream], null, link.Node),
        _ => throw new UsageException("This link opens something that this version of malten does not know."),
    };

    /// <summary>What a word names: an open stream, or what a link opens.</summary>
    /// <exception cref="UsageException">It opens a pipe, or is empty.</exception>
    /// <exception cref="FormatException">It is a damaged link.</exception>
    public static StreamSource Of(string word) => LinkOptions.Read(word) is { } link ? Of(link) : new StreamSource([NameOf(word)]);

    /// <summary>A stream's name. An empty one would be the public hall's for a node, and is that of a variable that was never set.</summary>
    /// <exception cref="UsageException">It is empty.</exception>
    public static string NameOf(string word) => string.IsNullOrWhiteSpace(word) ? throw new UsageException("A stream's name is empty.") : word;

    /// <summary>What words and options name; without a link, the words are names.</summary>
    /// <exception cref="UsageException">Both a link and names, several links, an empty name, or nothing.</exception>
    /// <exception cref="FormatException">A link is damaged.</exception>
    public static StreamSource Of(ParseResult line, LinkOptions links, params string[] words)
    {
        var link = links.Find(line);
        if (link is not null) return words.Length == 0 ? Of(link) : throw new UsageException("The link names the stream: leave out its name.");
        if (words.Length == 0) throw new UsageException("Name a stream, or give a link.");
        if (words is [var word]) return Of(word);
        return words.Any(LinkOptions.IsLink) ? throw new UsageException("Give one link, and no names beside it.") : new StreamSource([.. words.Select(NameOf)]);
    }

    /// <summary>Listens until it is cancelled.</summary>
    /// <exception cref="UsageException">A name is given where servers are not to see names.</exception>
    public async IAsyncEnumerable<StreamItem> ListenAsync(
        MaltenClient client, ListenOptions options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (Link is not null && options.User is not null)
            throw new UsageException("Whoever listens to an encrypted stream has no name there: servers would see it.");
        if (Link is TraceLink trace)
        {
            await foreach (var item in ListenAsync(client, trace, options, cancellationToken)) yield return item;
            yield break;
        }

        using var room = Link is EncryptedLink encrypted ? client.Join(encrypted) : null;
        var items = room?.ListenAsync(options.After, cancellationToken) ?? client.ListenAsync(Names, options, cancellationToken);
        await foreach (var item in items) yield return item;
    }

    /// <summary>Nothing is held: what was said before comes from those who are there, or is left out.</summary>
    private static async IAsyncEnumerable<StreamItem> ListenAsync(
        MaltenClient client, TraceLink link, ListenOptions options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (options.After is { Timestamps: not [{ Nanoseconds: 0 }] })
            throw new UsageException("No server holds what is said here: leave out --after. With --all, those who are there hand over what they said.");
        await using var room = client.Join(link);
        Timestamp? since = options.After is null ? null : Timestamp.Beginning;
        var hidden = new HashSet<(string Author, Guid Id)>();
        await foreach (var item in room.ListenAsync(cancellationToken))
        {
            if (item is Opened opened) since ??= opened.At;
            if (!IsOld(item)) yield return item;
        }

        // What is handed over was said before it began to listen, or while its connection was lost: the latter is what it is to hear.
        bool IsOld(StreamItem item) => item switch
        {
            EncryptedMessage { IsHandedOver: true } message when message.Created < since => hidden.Add((message.Author, message.Id)) || true,
            FindingsChanged changed => hidden.Contains((changed.Message.Author, changed.Message.Id)),
            MessageDisplaced displaced => hidden.Remove((displaced.Author, displaced.Message)),
            _ => false,
        };
    }
}
