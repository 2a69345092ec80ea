using System.Net;
using Malten.Cli.Chat;
using Malten.Client;
using Malten.Testing;

namespace Malten.Cli.Tests;

/// <summary>What somebody writes in a chat on a terminal, over a network that loses requests and answers.</summary>
public sealed class OutboxTests : CliTests
{
    private static readonly string TooLong = new('x', 1025);

    private readonly InterceptingHandler _network = new();
    private readonly List<string> _told = [];
    private readonly List<int> _counts = [];

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

    [Fact]
    public async Task What_takes_a_while_is_counted_and_at_the_end_told()
    {
        var (time, answer) = (new FakeTime(), new TaskCompletionSource<HttpResponseMessage?>());
        _network.BeforeAsync = (_, _, stop) => answer.Task.WaitAsync(stop);
        await using var conversation = new OpenConversation(NewClient(TimeSpan.FromMinutes(1)), "s", "ann");
        var outbox = NewOutbox(conversation, time);
        var running = outbox.RunAsync(CancellationToken.None);
        outbox.Add("one");
        outbox.Add("two");
        await Eventually.IsSoAsync(() => time.ActiveTimers == 1);
        Assert.Equal(0, outbox.HeldUp); // most lines are said by now
        time.Advance(Outbox.Unnoticed);
        await Eventually.IsSoAsync(() => Counts.Contains(2));
        outbox.Complete();
        await Eventually.IsSoAsync(() => time.ActiveTimers == 1);
        time.Advance(Outbox.Unnoticed);
        await Eventually.IsSoAsync(() => Told.Contains("Sending 2 lines; Ctrl-C gives up."));
        answer.SetResult(null);
        await running;
        Assert.Equal(["one", "two"], await TextsAsync());
        Assert.Equal(0, Counts[^1]);
    }

    [Fact]
    public async Task A_line_that_is_said_at_once_is_neither_counted_nor_told()
    {
        await using var conversation = new OpenConversation(NewClient(), "s", "ann");
        var outbox = NewOutbox(conversation, new FakeTime());
        outbox.Add("one");
        outbox.Complete();
        await outbox.RunAsync(CancellationToken.None);
        Assert.Equal(["one"], await TextsAsync());
        Assert.Empty(Told);
        Assert.All(Counts, count => Assert.Equal(0, count));
    }

    [Fact]
    public async Task A_line_that_no_node_takes_can_be_taken_back_and_holds_up_no_other_then()
    {
        _network.BeforeAsync = (_, body, _) =>
            Task.FromResult(body.Contains("stranded", StringComparison.Ordinal) ? InterceptingHandler.Refusal(HttpStatusCode.ServiceUnavailable) : null);
        await using var conversation = new OpenConversation(NewClient(), "s", "ann");
        var outbox = NewOutbox(conversation);
        var running = outbox.RunAsync(CancellationToken.None);
        outbox.Add("stranded");
        outbox.Add("behind it");
        await Eventually.IsSoAsync(() => Told.Contains("not sent yet: behind it"));
        Assert.Equal("behind it", outbox.TakeBack());
        Assert.Equal("stranded", outbox.TakeBack());
        Assert.Equal("behind it", outbox.TakeBack()); // from the beginning
        outbox.Add("changed");
        await Eventually.IsSoAsync(async () => await Client.ReadAsync("s").AnyAsync());
        outbox.Complete();
        await running;
        Assert.Equal(["stranded"], outbox.Unsent); // nothing took its place
        Assert.Equal(["changed"], await TextsAsync());
        Assert.Equal(0, outbox.HeldUp);
    }

    [Fact]
    public async Task What_was_taken_back_is_unsent_until_something_takes_its_place()
    {
        await using var conversation = new OpenConversation(NewClient(TimeSpan.FromMinutes(1)), "s", "ann");
        var outbox = NewOutbox(conversation);
        var running = outbox.RunAsync(CancellationToken.None);
        var (first, second) = await AddTwoTooLongAsync(outbox);
        Assert.Equal(second, outbox.TakeBack());
        Assert.Equal(first, outbox.TakeBack());
        Assert.Equal([first, second], outbox.Unsent);
        outbox.Add("short enough");
        outbox.Complete();
        await running;
        Assert.Equal(["short enough"], await TextsAsync());
        Assert.Equal([second], outbox.Unsent);
    }

    [Fact]
    public async Task What_was_taken_back_and_cleared_away_stays_unsent_and_can_be_taken_back_again()
    {
        await using var conversation = new OpenConversation(NewClient(TimeSpan.FromMinutes(1)), "s", "ann");
        var outbox = NewOutbox(conversation);
        var running = outbox.RunAsync(CancellationToken.None);
        var (first, second) = await AddTwoTooLongAsync(outbox);
        Assert.Equal(second, outbox.TakeBack());
        outbox.LeaveAsItWas();
        Assert.Equal(first, outbox.TakeBack()); // it goes on from there
        outbox.LeaveAsItWas();
        outbox.Add("unrelated");
        Assert.Equal(second, outbox.TakeBack());
        outbox.Complete();
        await running;
        Assert.Equal(["unrelated"], await TextsAsync());
        Assert.Equal([first, second], outbox.Unsent);
    }

    [Fact]
    public async Task A_line_that_is_merely_slow_is_not_taken_back_for_it_may_be_stored()
    {
        var (time, answer) = (new FakeTime(), new TaskCompletionSource<HttpResponseMessage?>());
        _network.BeforeAsync = (_, _, stop) => answer.Task.WaitAsync(stop);
        await using var conversation = new OpenConversation(NewClient(TimeSpan.FromMinutes(1)), "s", "ann");
        var outbox = NewOutbox(conversation, time);
        var running = outbox.RunAsync(CancellationToken.None);
        outbox.Add("slow");
        await Eventually.IsSoAsync(() => time.ActiveTimers == 1);
        time.Advance(Outbox.Unnoticed);
        await Eventually.IsSoAsync(() => outbox.HeldUp == 1);
        Assert.Null(outbox.TakeBack());
        outbox.Add("behind it");
        Assert.Equal("behind it", outbox.TakeBack());
        outbox.Add("changed");
        outbox.Complete();
        answer.SetResult(null);
        await running;
        Assert.Equal(["slow", "changed"], await TextsAsync());
        Assert.Empty(outbox.Unsent);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_line_that_is_taken_back_and_said_unchanged_is_said_once_though_it_was_stored_before(bool isHeard)
    {
        await using var conversation = new OpenConversation(NewClient(), "s", "ann");
        var outbox = NewOutbox(conversation);
        var running = await LoseAnswerAsync(outbox);
        Assert.Equal("stored", outbox.TakeBack());
        Assert.Equal(["stored"], outbox.Unsent);
        if (isHeard) outbox.Hear(await Client.ReadAsync("s").FirstAsync());
        Assert.Equal(isHeard ? [] : ["stored"], outbox.Unsent);
        _network.After = _ => { };
        outbox.Add("stored");
        outbox.Complete();
        await running;
        Assert.Equal(["stored"], await TextsAsync());
        Assert.Empty(outbox.Unsent);
        Assert.Equal(isHeard, Told.Contains("sent already: stored"));
    }

    [Theory]
    [InlineData("encrypted")]
    [InlineData("pipe")]
    [InlineData("traceless")]
    public async Task A_sealed_line_that_is_taken_back_and_said_unchanged_leaves_no_mark(string kind)
    {
        using var stop = new CancellationTokenSource();
        var (heard, isOver, isSaid) = (new List<string>(), new TaskCompletionSource(), new TaskCompletionSource());
        var (conversation, other) = await NewSealedAsync(kind);
        await using var first = conversation;
        await using var second = other;
        var listening = Task.WhenAll(ListenAsync(other, Note), ListenAsync(conversation, _ => IsOpen() ? isSaid.Task : Task.CompletedTask));
        await Task.WhenAll(other.OpensAsync(stop.Token), conversation.OpensAsync(stop.Token)); // from now on, nothing comes back before it is said
        var outbox = NewOutbox(conversation);
        var running = await LoseAnswerAsync(outbox);
        Assert.Equal("stored", outbox.TakeBack());
        _network.After = _ => { };
        outbox.Add("stored");
        outbox.Add("next");
        outbox.Add("last");
        outbox.Complete();
        await running;
        isSaid.SetResult();
        await isOver.Task.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(["stored None", "next None", "last None"], heard);
        Assert.Empty(outbox.Unsent);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => listening);

        bool IsOpen() => conversation.OpensAsync(CancellationToken.None).IsCompleted;

        async Task ListenAsync(Conversation one, Func<StreamItem, Task> takeAsync)
        {
            await foreach (var item in one.ListenAsync(stop.Token)) await takeAsync(item);
        }

        Task Note(StreamItem item)
        {
            if (item is FindingsChanged changed) heard.Add($"then {changed.Message.Text} {changed.Message.Findings}");
            if (item is EncryptedMessage message) heard.Add($"{message.Text} {message.Findings}");
            if (item is PipeMessage text) heard.Add($"{text.Text} {text.Findings}");
            if (item is EncryptedMessage { Text: "last" } or PipeMessage { Text: "last" }) isOver.TrySetResult();
            return Task.CompletedTask;
        }
    }

    [Fact]
    public async Task What_was_heard_is_not_named_as_unsent_though_no_answer_has_come()
    {
        await using var conversation = new OpenConversation(NewClient(), "s", "ann");
        var outbox = NewOutbox(conversation);
        var running = await LoseAnswerAsync(outbox);
        outbox.Hear(await Client.ReadAsync("s").FirstAsync());
        Assert.Null(outbox.TakeBack());
        Assert.Empty(outbox.Unsent);
        outbox.Complete();
        await running;
    }

    [Fact]
    public async Task A_line_that_was_taken_back_in_a_pipe_is_not_missed_at_its_farewell()
    {
        var (conversation, other) = await NewSealedAsync("pipe");
        await using var second = other;
        var heard = other.ListenAsync(CancellationToken.None).ToListAsync().AsTask();
        var listening = conversation.ListenAsync(CancellationToken.None).LastAsync().AsTask();
        await Task.WhenAll(other.OpensAsync(CancellationToken.None), conversation.OpensAsync(CancellationToken.None));
        _network.Before = request => IsMessage(request) ? throw new HttpRequestException("The network is away.") : null;
        var outbox = NewOutbox(conversation);
        var running = outbox.RunAsync(CancellationToken.None);
        outbox.Add("never sent");
        await Eventually.IsSoAsync(() => Told.Contains("not sent yet: never sent"));
        Assert.Equal("never sent", outbox.TakeBack());
        outbox.Complete();
        await running;
        _network.Before = _ => null;
        await conversation.DisposeAsync();
        Assert.Equal(new PipeClosed(PipeEnd.Left, 0), (await heard)[^1]);
        Assert.IsType<PipeClosed>(await listening);
    }

    [Fact]
    public async Task A_line_that_is_taken_back_when_its_answer_has_come_is_not_said_again()
    {
        Outbox? outbox = null;
        string? taken = null;
        await using var conversation = new Watched(new OpenConversation(NewClient(), "s", "ann"), () => taken ??= outbox!.TakeBack(), Task.CompletedTask);
        outbox = NewOutbox(conversation);
        var running = await LoseAnswerAsync(outbox);
        _network.After = _ => { };
        await Eventually.IsSoAsync(() => taken is not null && outbox.HeldUp == 0 && outbox.Unsent.Count == 0);
        Assert.Equal("stored", taken);
        Assert.Empty(outbox.Unsent);
        outbox.Add("stored");
        Assert.Contains("sent already: stored", Told);
        outbox.Complete();
        await running;
        Assert.Equal(["stored"], await TextsAsync());
    }

    [Fact]
    public async Task A_line_that_was_heard_holds_up_no_other_though_its_answers_never_come()
    {
        await using var conversation = new OpenConversation(NewClient(), "s", "ann");
        var outbox = NewOutbox(conversation);
        var running = await LoseAnswerAsync(outbox);
        outbox.Add("behind it");
        outbox.Hear(await Client.ReadAsync("s").FirstAsync());
        await Eventually.IsSoAsync(async () => await Client.ReadAsync("s").AnyAsync(message => message.Text == "behind it"));
        outbox.Hear(await Client.ReadAsync("s").LastAsync());
        outbox.Complete();
        await running;
        Assert.Equal(["stored", "behind it"], await TextsAsync());
        Assert.Equal((0, 0), (outbox.HeldUp, outbox.Unsent.Count));
    }

    [Fact]
    public async Task What_was_heard_is_not_counted_any_more()
    {
        var end = new TaskCompletionSource();
        await using var conversation = new Watched(new OpenConversation(NewClient(), "s", "ann"), () => { }, end.Task);
        var outbox = NewOutbox(conversation);
        var running = await LoseAnswerAsync(outbox);
        outbox.Add("behind it");
        Assert.Equal(2, Counts[^1]);
        outbox.Hear(await Client.ReadAsync("s").FirstAsync());
        Assert.Equal((1, 1), (outbox.HeldUp, Counts[^1]));
        outbox.Complete();
        await Eventually.IsSoAsync(() => Told.Contains("Sending 1 line; Ctrl-C gives up."));
        _network.After = _ => { };
        end.SetResult();
        await running;
        Assert.Equal(["stored", "behind it"], await TextsAsync());
    }

    [Fact]
    public async Task Whoever_says_a_line_again_that_was_sealed_two_minutes_before_is_told_what_others_will_see()
    {
        var time = new FakeTime();
        await using var conversation = new EncryptedConversation(await NewClient().JoinAsync(EncryptedLink.New()));
        _network.BeforeAsync = (_, _, _) => throw new HttpRequestException("The network is away.");
        var outbox = NewOutbox(conversation, time);
        var running = outbox.RunAsync(CancellationToken.None);
        outbox.Add("late");
        await Eventually.IsSoAsync(() => Counts[^1] == 1);
        Assert.Equal("late", outbox.TakeBack());
        outbox.LeaveAsItWas();
        outbox.Add(TooLong); // is refused before it is sealed
        await Eventually.IsSoAsync(() => Told.Any(one => one.StartsWith("not sent: ", StringComparison.Ordinal)));
        Assert.Equal(TooLong, outbox.TakeBack());
        outbox.LeaveAsItWas();
        Assert.Equal("late", outbox.TakeBack());
        time.Advance(Outbox.Fresh + TimeSpan.FromSeconds(1));
        Assert.DoesNotContain(Told, IsAboutDates);
        _network.BeforeAsync = (_, _, _) => Task.FromResult<HttpResponseMessage?>(null);
        outbox.Add("late");
        outbox.Complete();
        await running;
        Assert.Contains(Told, IsAboutDates);
        Assert.Equal([TooLong], outbox.Unsent);
    }

    [Fact]
    public async Task In_a_stream_that_leaves_no_trace_a_line_is_heard_under_its_id()
    {
        await using var conversation = new TraceConversation(NewClient().Join(TraceLink.New(), "ann"));
        var (id, heard) = (Guid.CreateVersion7(), new TaskCompletionSource<Guid>());
        using var stop = new CancellationTokenSource();
        var listening = ListenAsync();
        await conversation.OpensAsync(CancellationToken.None);
        await conversation.PostAsync("hello", id, null, CancellationToken.None);
        Assert.Equal(id, await heard.Task.WaitAsync(TimeSpan.FromSeconds(60)));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => listening);

        async Task ListenAsync()
        {
            await foreach (var item in conversation.ListenAsync(stop.Token))
                if (item is EncryptedMessage { IsOwn: true } message) heard.TrySetResult(message.Id);
        }
    }

    [Theory]
    [InlineData("encrypted")]
    [InlineData("open")]
    [InlineData("traceless")] // sealed when it can be said
    public async Task Whoever_waits_for_more_than_two_minutes_is_told_what_others_will_see(string kind)
    {
        _network.BeforeAsync = (_, _, _) => throw new HttpRequestException("The network is away.");
        var (time, client) = (new FakeTime(), NewClient());
        await using Conversation conversation = kind switch
        {
            "encrypted" => new EncryptedConversation(client.Join(EncryptedLink.New())),
            "traceless" => new TraceConversation(client.Join(TraceLink.New(), "ann")),
            _ => new OpenConversation(client, "s", "ann"),
        };
        var outbox = NewOutbox(conversation, time);
        using var stop = new CancellationTokenSource();
        var listening = conversation is TraceConversation ? conversation.ListenAsync(stop.Token).LastOrDefaultAsync().AsTask() : Task.CompletedTask;
        var running = outbox.RunAsync(stop.Token);
        outbox.Add("late");
        await Eventually.IsSoAsync(() => Told.Contains("not sent yet: late") && time.ActiveTimers == 2); // it waits, and takes a while
        Assert.DoesNotContain(Told, IsAboutDates);
        time.Advance(Outbox.Fresh + TimeSpan.FromSeconds(1));
        await Eventually.IsSoAsync(() => time.ActiveTimers == 1); // it has been attempted again
        Assert.Equal(kind == "encrypted", Told.Any(IsAboutDates));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        await listening.ContinueWith(_ => { }, TaskScheduler.Default);
    }

    /// <summary>A conversation over the network, and another's place in it.</summary>
    private async Task<(Conversation One, Conversation Other)> NewSealedAsync(string kind)
    {
        if (kind == "pipe")
        {
            var pipe = await NewClient(TimeSpan.FromSeconds(5)).InviteAsync("ann");
            return (new PipeConversation(pipe), new PipeConversation(Client.Join(pipe.Link!, "bob")));
        }

        if (kind == "traceless")
        {
            var leavesNoTrace = TraceLink.New();
            return (new TraceConversation(NewClient().Join(leavesNoTrace, "ann")), new TraceConversation(Client.Join(leavesNoTrace, "bob")));
        }

        var link = EncryptedLink.New();
        return (new EncryptedConversation(NewClient().Join(link, "ann")), new EncryptedConversation(Client.Join(link, "bob")));
    }

    /// <summary>Lets a node store a line, and loses each answer that it gives.</summary>
    private async Task<Task> LoseAnswerAsync(Outbox outbox)
    {
        var isLost = new TaskCompletionSource();
        _network.After = request =>
        {
            if (!IsMessage(request)) return;
            isLost.TrySetResult();
            throw new HttpRequestException("The answer was lost.");
        };
        var running = outbox.RunAsync(CancellationToken.None);
        outbox.Add("stored");
        await isLost.Task.WaitAsync(TimeSpan.FromSeconds(60));
        await Eventually.IsSoAsync(() => Told.Contains("not sent yet: stored"));
        return running;
    }

    private static bool IsAboutDates(string told) => told.EndsWith("far apart, and whoever gets it is told so: late", StringComparison.Ordinal);

    private static bool IsMessage(HttpRequestMessage request) =>
        request.Method == HttpMethod.Post && request.RequestUri!.AbsolutePath.EndsWith("/messages", StringComparison.Ordinal);

    private List<string> Told
    {
        get { lock (_told) return [.. _told]; }
    }

    /// <summary>What stood before the prompt.</summary>
    private List<int> Counts
    {
        get { lock (_told) return [.. _counts]; }
    }

    private MaltenClient NewClient(TimeSpan? patience = null) => Use(new MaltenClient(new MaltenClientOptions
    {
        Nodes = [Node.Address], Handler = _network, CallTimeout = patience ?? TimeSpan.FromSeconds(1),
    }));

    private async Task<(string First, string Second)> AddTwoTooLongAsync(Outbox outbox)
    {
        var (first, second) = (TooLong, new string('y', 1025));
        outbox.Add(first);
        outbox.Add(second);
        await Eventually.IsSoAsync(() => Told.Count == 2);
        return (first, second);
    }

    private Outbox NewOutbox(Conversation conversation, TimeProvider? time = null)
    {
        Outbox? outbox = null;
        return outbox = new Outbox(conversation, _ => { }, Tell, Count, time ?? TimeProvider.System);

        void Count()
        {
            lock (_told) _counts.Add(outbox!.HeldUp);
        }
    }

    private void Tell(string what)
    {
        lock (_told) _told.Add(what);
    }

    private async Task<List<string>> TextsAsync() => await Client.ReadAsync("s").Select(message => message.Text).ToListAsync();

    /// <summary>Sees when an answer has come, and ends saying a line no sooner than a task.</summary>
    private sealed class Watched(Conversation inner, Action answered, Task end) : Conversation
    {
        public override string Title => inner.Title;

        public override IAsyncEnumerable<StreamItem> ListenAsync(CancellationToken cancellationToken) => inner.ListenAsync(cancellationToken);

        public override async Task<StreamItem?> PostAsync(string text, Guid id, PostAgain? again, CancellationToken cancellationToken)
        {
            try
            {
                var said = await inner.PostAsync(text, id, again, cancellationToken);
                answered();
                return said;
            }
            finally
            {
                await end;
            }
        }

        public override ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
