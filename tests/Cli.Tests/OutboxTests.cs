using Malten.Cli.Chat;
using Malten.Client;
using Malten.Testing;

namespace Malten.Cli.Tests;

/// <summary>What somebody writes in a chat on a terminal, over a network that loses requests and answers.</summary>
public sealed class OutboxTests : CliTests
{
    private readonly InterceptingHandler _network = new();
    private readonly List<string> _told = [];

    [Fact]
    public async Task A_line_of_an_encrypted_stream_whose_answer_was_lost_is_sealed_once_and_leaves_no_mark()
    {
        var link = EncryptedLink.New("family");
        await using var conversation = new EncryptedConversation(NewClient().Join(link, "ann"));
        var outbox = NewOutbox(conversation);
        var running = outbox.RunAsync(CancellationToken.None);
        _network.After = request =>
        {
            if (request.Method == HttpMethod.Post) throw new HttpRequestException("The answer was lost.");
        };
        outbox.Add("stored");
        await Eventually.IsSoAsync(() => Told.Contains("not sent yet: stored"));
        _network.After = _ => { };
        await Eventually.IsSoAsync(() => outbox.Unsent.Count == 0);
        outbox.Add("next"); // a mark of the first would come with this one, after it
        outbox.Add("last");
        outbox.Complete();
        await running;
        using var bob = await Client.JoinAsync(link);
        var heard = bob.ListenAsync(Cursor.Beginning).Where(item => item is EncryptedMessage or FindingsChanged).Take(3);
        Assert.Equal([("stored", Findings.None), ("next", Findings.None), ("last", Findings.None)],
            await heard.Select(item => item is EncryptedMessage message ? (message.Text, message.Findings) : default).ToListAsync());
    }

    private List<string> Told
    {
        get { lock (_told) return [.. _told]; }
    }

    private MaltenClient NewClient() => Use(new MaltenClient(new MaltenClientOptions
    {
        Nodes = [Node.Address], Handler = _network, CallTimeout = TimeSpan.FromSeconds(1),
    }));

    private Outbox NewOutbox(Conversation conversation) => new(conversation, _ => { }, Tell, _ => { }, TimeProvider.System);

    private void Tell(string what)
    {
        lock (_told) _told.Add(what);
    }
}
