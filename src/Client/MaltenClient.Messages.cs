using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Malten.Client.Connections;

namespace Malten.Client;

/// <content>Posting, and reading what is held.</content>
public sealed partial class MaltenClient
{
    /// <summary>The earliest timestamp that a message could have: after it come all. Nodes take 0 to ask for the newest.</summary>
    private static readonly Timestamp Earliest = new(1024);

    /// <summary>
    /// Posts a message, which begins the stream if its name is not in use. Repeated at other nodes until one answers; stored once.
    /// </summary>
    /// <param name="stream">The stream's name: 1–128 characters.</param>
    /// <param name="text">1–1024 characters, not blank. A text that begins with <c>/malten </c> is also a command.</param>
    /// <returns>The message as it is stored. From then on every reader and every listener at every node has it.</returns>
    /// <exception cref="ArgumentException">The stream has no name, or something has half of a surrogate pair. Nothing was sent.</exception>
    /// <exception cref="MaltenException">It was refused, or no node answered in time.</exception>
    public Task<Message> PostAsync(string stream, string text, PostOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(stream);
        ArgumentNullException.ThrowIfNull(text);
        var id = options?.Id ?? Guid.CreateVersion7(_options.TimeProvider.GetUtcNow());
        return _transport.CallAsync(ToPost(stream, text, id, options), Body.ReadMessage, cancellationToken);
    }

    /// <summary>
    /// Reads the messages that are held, page after page, until there are no more. A stream that is not in use has none. Messages
    /// that are dropped while it reads are left out; only listening says so.
    /// </summary>
    /// <param name="stream">The stream's name.</param>
    /// <exception cref="ArgumentException">The stream has no name, or it has half of a surrogate pair.</exception>
    /// <exception cref="MaltenException">It was refused, or no node answered in time.</exception>
    public async IAsyncEnumerable<Message> ReadAsync(
        string stream, ReadOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(stream);
        options ??= new ReadOptions();
        var last = options.From is { } given ? (given > Earliest ? given : Earliest) : options.NewestFirst ? default(Timestamp?) : Earliest;
        while (true)
        {
            var page = await ReadPageAsync(stream, options, last, cancellationToken).ConfigureAwait(false);
            foreach (var message in page) yield return message;
            if (page.Count == 0) yield break; // a page may be shorter than was asked for, and not be the last
            last = page[^1].Created;
        }
    }

    /// <summary>Posts a message with an id that the answer has to have too.</summary>
    /// <param name="beforeAgain">Runs before each attempt but the first, with the failure of the one before; its exceptions end the call.</param>
    /// <exception cref="MaltenException">It was refused, or no node answered in time as one of Malten does.</exception>
    internal Task<Message> PostAsync(
        string stream, string text, Guid id, Func<MaltenException, CancellationToken, Task> beforeAgain, CancellationToken cancellationToken) =>
        _transport.CallAsync(ToPost(stream, text, id, null), body => CheckId(Body.ReadMessage(body), id), cancellationToken, beforeAgain);

    /// <exception cref="JsonException">It is another message than was posted.</exception>
    private static Message CheckId(Message stored, Guid id) => stored.Id == id ? stored : throw new JsonException("The answer is about another message.");

    private static Request ToPost(string stream, string text, Guid id, PostOptions? options) => Request.Post("messages", new Parameters
    {
        { "stream", stream }, { "message", text }, { "id", id.ToString() }, { "user", options?.User }, { "seat", options?.Seat },
    });

    private Task<IReadOnlyList<Message>> ReadPageAsync(string stream, ReadOptions options, Timestamp? last, CancellationToken cancellationToken)
    {
        var page = Request.Get("messages", new Parameters
        {
            { "stream", stream }, { "limit", options.PageSize.ToString(CultureInfo.InvariantCulture) },
            { "direction", options.NewestFirst ? "-1" : "1" }, { "last", last?.ToString() }, { "seat", options.Seat },
        });
        return _transport.CallAsync(page, body => CheckOrder(Body.ReadPage(body), options, last), cancellationToken);
    }

    /// <exception cref="JsonException">A message is not past the one before it: such pages would never end.</exception>
    private static IReadOnlyList<Message> CheckOrder(IReadOnlyList<Message> page, ReadOptions options, Timestamp? last)
    {
        foreach (var message in page)
        {
            if (options.NewestFirst ? message.Created >= last : message.Created <= last) throw new JsonException("Messages of a page are out of order.");
            last = message.Created;
        }

        return page;
    }
}
