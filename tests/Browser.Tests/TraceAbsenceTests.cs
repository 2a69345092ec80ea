using System.Net;
using System.Security.Cryptography;
using Malten.Browser.Tests.Reference;

namespace Malten.Browser.Tests;

/// <summary>What happens in a stream that leaves no trace while a page does not hear it, and what it makes of that when it is back.</summary>
public sealed class TraceAbsenceTests(Chromium chromium) : TraceTest(chromium)
{
    private bool _isAway;

    [Fact]
    public async Task While_a_page_is_not_connected_nobodys_time_runs_out()
    {
        var (room, link) = await BeginRoomAsync();
        var ann = await OpenWithClockAsync(link);
        await ListensAsync(ann);
        await using var bob = await TracePeer.ComeAsync(Node, room, "Bob");
        await bob.SayAsync("from bob");
        await Expect(Texts(ann)).ToHaveTextAsync(["from bob"]);
        await LoseAsync(ann);
        await ann.Clock.RunForAsync(60_000);
        await Expect(Texts(ann)).ToHaveTextAsync(["from bob"]);
        _isAway = false;
        await ann.Clock.RunForAsync(15_000); // it tries at least every ten seconds
        await Expect(ann.Locator("#status")).ToBeEmptyAsync();
        await ann.Clock.RunForAsync(30_000);
        await Expect(Texts(ann)).ToHaveTextAsync(["from bob"]);
        await ExpectNoFindingsAsync(ann);
    }

    [Fact]
    public async Task What_ended_while_a_page_was_not_connected_goes_when_it_is_back()
    {
        var time = await UseNodeWithClockAsync();
        var room = new TraceRoom(RandomNumberGenerator.GetBytes(32));
        await Node.BeginAsync(room.Stream.Stream, isPrivate: true, keep: 0, ttl: 8);
        var ann = await OpenAsync($"#/t/any/{room.Stream.Key}");
        await ListensAsync(ann);
        await SayAsync(ann, "soon gone");
        await LoseAsync(ann);
        time.Advance(TimeSpan.FromSeconds(9));
        await Expect(Texts(ann)).ToHaveTextAsync(["soon gone"]);
        _isAway = false;
        await ann.EvaluateAsync("dispatchEvent(new Event('online'))");
        await Expect(Texts(ann)).ToHaveCountAsync(0);
        await Expect(ann.Locator(".line.gap")).ToContainTextAsync("this stream has ended");
    }

    [Fact]
    public async Task A_listener_that_has_left_is_not_believed_again()
    {
        var (room, link) = await BeginRoomAsync();
        var ann = await OpenWithClockAsync(link);
        await ListensAsync(ann);
        var bob = await TracePeer.ComeAsync(Node, room, "Bob");
        await using var liar = await TracePeer.ComeAsync(Node, room, "liar");
        await bob.SayAsync("from bob");
        await bob.SayHereAsync();
        await Expect(Texts(ann)).ToHaveTextAsync(["from bob"]);
        await Expect(ann.Locator("#people-count")).ToHaveTextAsync("3");
        var said = room.SayHere(bob.Author, bob.Listener, 0, 1);
        await bob.DisposeAsync();
        await Expect(ann.Locator("#people-count")).ToHaveTextAsync("2");
        // A server that recorded what Bob's listener said, and says it again.
        var isBound = await ann.EvaluateAsync<bool[]>("""
            async () => {
              const { Members } = await import(document.querySelector('script[type=module]').src.replace('main.js', 'trace/members.js'));
              const members = new Members(() => {});
              const before = members.bind('listener', 'author');
              members.leave('listener');
              return [before, members.bind('listener', 'author'), members.bind('another', 'author'), members.bind('another', 'somebody else')];
            }
            """);
        Assert.Equal([true, false, true, false], isBound);
        Assert.NotEmpty(said);
        await ann.Clock.RunForAsync(21_000);
        await Expect(Texts(ann)).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Whoever_was_there_before_the_stream_began_says_farewell_too()
    {
        var room = new TraceRoom(RandomNumberGenerator.GetBytes(32));
        var link = $"#/t/any/{room.Stream.Key}";
        var (ann, bob) = (await OpenAsync(link), await OpenAsync(link));
        foreach (var page in (IPage[])[ann, bob]) await ListensAsync(page);
        await SayAsync(ann, "from ann");
        await SayAsync(bob, "from bob");
        await SayAsync(bob, "and again");
        await Expect(Texts(ann)).ToHaveCountAsync(3);
        var posts = Posts();
        await bob.CloseAsync();
        await UntilAsync(() => Posts() == posts + 1, "a farewell");
        await Expect(Texts(ann)).ToHaveTextAsync(["from ann"]);
        Assert.Equal(2, Node.Received.Count(request => request.StartsWith("POST /streams", StringComparison.Ordinal))); // it is asked once
    }

    [Fact]
    public async Task What_was_missed_is_asked_for_after_a_gap_and_nobody_is_taken_for_gone()
    {
        var (room, link) = await BeginRoomAsync();
        var ann = await OpenWithClockAsync(link);
        await ListensAsync(ann);
        await using var bob = await TracePeer.ComeAsync(Node, room, "Bob");
        await bob.SayAsync("from bob");
        await Expect(Texts(ann)).ToHaveTextAsync(["from bob"]);
        bob.Have(1, _ => "missed", DateTimeOffset.UtcNow.AddSeconds(2));
        var hellos = Hellos(bob);
        await Node.AnnounceAsync(new Streams.Events.Notice { Name = Streams.Events.NoticeName.Gap, Stream = room.Stream.Stream });
        await ann.Clock.RunForAsync(4_000);
        await UntilAsync(() => Hellos(bob) > hellos, "a hello");
        await Expect(Texts(ann)).ToHaveCountAsync(2);
        await ann.Clock.RunForAsync(30_000);
        await Expect(Texts(ann)).ToHaveCountAsync(2);
        await ExpectNoFindingsAsync(ann);
    }

    [Fact]
    public async Task What_is_handed_over_later_than_it_is_dated_is_marked_where_it_would_have_been_heard()
    {
        var (room, link) = await BeginRoomAsync();
        var ann = await OpenWithClockAsync(link);
        await ListensAsync(ann);
        await ann.Clock.RunForAsync(300_000);
        await using var liar = await TracePeer.ComeAsync(Node, room, "liar");
        liar.Have(1, _ => "maybe before, by the clock of another node", DateTimeOffset.UtcNow.AddSeconds(60));
        liar.Have(1, _ => "while ann was there", DateTimeOffset.UtcNow.AddSeconds(150));
        liar.Have(1, _ => "maybe a moment ago, by the clock of another node", DateTimeOffset.UtcNow.AddSeconds(250));
        await liar.SayHereAsync();
        await liar.HandOverAsync("");
        await Expect(Texts(ann)).ToHaveCountAsync(3);
        await Expect(ann.Locator(".note")).ToContainTextAsync("handed this over later");
        await Expect(ann.Locator(".message", new() { Has = ann.Locator(".note") }).Locator(".text")).ToHaveTextAsync(["while ann was there"]);
    }

    [Fact]
    public async Task What_the_server_came_to_hold_between_the_question_and_the_post_is_told()
    {
        var (room, link) = await BeginRoomAsync();
        var ann = await OpenAsync(link);
        await ListensAsync(ann);
        await SayAsync(ann, "held by nobody");
        await UntilAsync(() => Node.Received.Any(request => request.StartsWith("GET /messages", StringComparison.Ordinal)
            && request.Split('\n')[0].EndsWith("limit=1", StringComparison.Ordinal)), "a look");
        await Expect(ann.Locator(".line")).ToHaveCountAsync(0);
        // As a node answers that has ended, come back, and begun a stream of its own with the message.
        await ann.RouteAsync("**/messages?*limit=1", route => route.FulfillAsync(new()
        {
            Json = new[] { new { Id = Guid.NewGuid(), Text = "enc2.x", Created = 1024, Stream = room.Stream.Stream } },
        }));
        await SayAsync(ann, "held after all");
        await Expect(ann.Locator(".line.danger").First).ToContainTextAsync("The server holds what you have just written");
    }

    private static int Hellos(TracePeer peer) => peer.Heard.Count(heard => heard.Frame[0] == TraceRoom.Hello);

    private int Posts() => Node.Received.Count(request => request.StartsWith("POST /messages", StringComparison.Ordinal));

    /// <summary>Breaks off the page's connection, and lets it make no other.</summary>
    private async Task LoseAsync(IPage page)
    {
        _isAway = true;
        Node.Instead = context =>
        {
            var isPage = context.Request.Headers.UserAgent.ToString().StartsWith("Mozilla", StringComparison.Ordinal);
            var refuse = _isAway && isPage && context.Request.Path == "/events";
            if (refuse) context.Response.StatusCode = (int)HttpStatusCode.ServiceUnavailable;
            return refuse;
        };
        await page.EvaluateAsync("dispatchEvent(new Event('online'))"); // it connects anew
        await Expect(page.Locator("#status")).ToContainTextAsync("Connection lost");
    }
}
