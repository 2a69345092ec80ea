using System.Diagnostics.Tracing;
using System.Net;
using System.Runtime.Versioning;
using Malten.Client;

namespace Malten.Samples;

/// <summary>The examples of the documentation of <c>Malten.Client</c>, each as it stands there; tests run them.</summary>
public static class Examples
{
    /// <summary>The first example.</summary>
    public static async Task FirstAsync(CancellationToken stop)
    {
        // begin-snippet: first
        await using var malten = new MaltenClient("https://one.example", "https://two.example");
        await malten.PostAsync("foo", "hello");
        await foreach (var item in malten.ListenAsync("foo", cancellationToken: stop)) Console.WriteLine(item);
        // end-snippet
    }

    /// <summary>What may come while listening.</summary>
    public static async Task ListenAsync(MaltenClient malten, Action<string> show, CancellationToken stop)
    {
        // begin-snippet: listen
        var options = new ListenOptions { After = Cursor.Beginning, User = "ann" };
        await foreach (var item in malten.ListenAsync(["foo", "bar"], options, stop))
        {
            switch (item)
            {
                case Message message: show($"{message.Stream}: {message.Text}"); break;
                case Gap gap: show($"{gap.Stream}: something is missing here"); break;
                case Expired expired: show($"{expired.Stream} has ended"); break;
                case Opened opened: await malten.SetStatusAsync(opened.Session, PresenceStatus.Away, stop); break;
                case Disconnected lost: show($"back in {lost.RetryIn}"); break;
            }
        }
        // end-snippet
    }

    /// <summary>Walks back through what is held.</summary>
    public static async Task<string?> FindAsync(MaltenClient malten)
    {
        // begin-snippet: read
        var newestFirst = malten.ReadAsync("foo", new ReadOptions { NewestFirst = true });
        var found = await newestFirst.FirstOrDefaultAsync(message => message.Text.StartsWith("http", StringComparison.Ordinal));
        // end-snippet
        return found?.Text;
    }

    /// <summary>Asks, and shows the answer as it is written.</summary>
    public static async Task AskAsync(MaltenClient malten, Action<string> show)
    {
        // begin-snippet: ask
        await foreach (var item in malten.AskAsync("foo", "What did we talk about?"))
        {
            if (item is Answering answering) show(answering.Text); // as far as it has been written
            if (item is Message message) show(message.Text);
        }
        // end-snippet
    }

    /// <summary>Handles a refusal.</summary>
    public static async Task<string> RefuseAsync(MaltenClient malten)
    {
        // begin-snippet: refuse
        try
        {
            await malten.BeginStreamAsync(new BeginStreamOptions { Stream = "foo", Ttl = TimeSpan.FromHours(1) });
        }
        catch (MaltenException refused) when (refused.Status == HttpStatusCode.Conflict)
        {
            return $"Take another name: {refused.Detail}";
        }
        // end-snippet

        return "";
    }

    /// <summary>Talks where the server can't read.</summary>
    [UnsupportedOSPlatform("browser")]
    public static async Task EncryptAsync(MaltenClient malten, string link, Action<string> show, CancellationToken stop)
    {
        // begin-snippet: encrypt
        using var room = await malten.JoinAsync(EncryptedLink.Parse(link), "ann", stop);
        await room.PostAsync("supper at eight", cancellationToken: stop);
        await foreach (var item in room.ListenAsync(Cursor.Beginning, stop))
        {
            switch (item)
            {
                case EncryptedMessage { Findings: Findings.None } message: show($"{message.Name}: {message.Text}"); break;
                case EncryptedMessage message: show($"{message.Name}: {message.Text} ({message.Findings})"); break;
                case FindingsChanged changed: show($"{changed.Message.Text}: {changed.Message.Findings} now"); break;
                case UnreadableMessage or UnencryptedMessage: show("somebody has slipped in something"); break;
            }
        }
        // end-snippet
    }

    /// <summary>Takes part where no server holds what is said.</summary>
    [UnsupportedOSPlatform("browser")]
    public static async Task LeaveNoTraceAsync(MaltenClient malten, string link, Action<string> show, CancellationToken stop)
    {
        // begin-snippet: trace
        await using var room = malten.Join(TraceLink.Parse(link), "ann");
        await foreach (var item in room.ListenAsync(stop))
        {
            switch (item)
            {
                case Opened: await room.PostAsync("I am here", stop); break;
                case EncryptedMessage message: show($"{message.Name}: {message.Text}{(message.IsHandedOver ? " (said before)" : "")}"); break;
                case AuthorLeft left: show($"take away {left.Messages.Count} messages of {left.Name}"); break;
                case HistoryIncomplete: show("somebody has not handed over what they said they have"); break;
                case HeldByServer held: show(held.Message is null ? "nothing is sent here" : "the server holds what was just sent"); break;
            }
        }
        // end-snippet
    }

    /// <summary>Meets somebody in a pipe.</summary>
    [UnsupportedOSPlatform("browser")]
    public static async Task MeetAsync(MaltenClient malten, Action<string> show, CancellationToken stop)
    {
        // begin-snippet: pipe
        await using var pipe = await malten.InviteAsync("ann", cancellationToken: stop); // the other side: malten.Join(PipeLink.Parse(link), "bob")
        show(pipe.Link!.ToText());
        await foreach (var item in pipe.ListenAsync(stop))
        {
            switch (item)
            {
                case PipeOpened opened: show($"compare by voice: {opened.SafetyCode}"); break;
                case PipeMessage message:
                    show($"{message.Name}: {message.Text}");
                    await pipe.PostAsync("welcome", stop);
                    break;
                case PipeClosed closed: show($"{closed.Reason}"); break;
            }
        }
        // end-snippet
    }

    /// <summary>Writes a log.</summary>
    public static MaltenClient Log(Uri node, Action<EventLevel, string> write)
    {
        // begin-snippet: log
        var malten = new MaltenClient(new MaltenClientOptions
        {
            Nodes = [node],
            Log = entry => write(entry.Level, $"{entry} {entry.Failure?.Message}"),
        });
        // end-snippet
        return malten;
    }
}
