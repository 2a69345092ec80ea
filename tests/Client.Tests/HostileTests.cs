using System.Net;
using System.Text;
using System.Text.Json;
using Malten.Testing;
using static Malten.Testing.ScriptedNode;

namespace Malten.Client.Tests;

/// <summary>A server that is not what it says: each of its tricks ends in a clear error, and costs no more than it should.</summary>
public sealed class HostileTests : ClientTests
{
    private const long Megabyte = 1024 * 1024;

    private static readonly string HalfAPair = Event(
        """{"Id":"0199d9d0-5ad2-7c3e-a1a5-0f6f3b1f6c11","Text":"a","Created":2048,"Stream":"s","User":"\ud800"}""", "message");

    /// <summary>Answers of <c>/events</c> that no node gives.</summary>
    public static TheoryData<string, string> Rubbish => new()
    {
        { "not JSON", EventStream + "data: hello\n\n" },
        { "broken JSON", EventStream + OpenEvent() + "data: {\"Id\n\n" },
        { "null", EventStream + "data: null\n\n" },
        { "an array", EventStream + "data: []\n\n" },
        { "no payload", EventStream + "data: {\"Id\":\"0199d9d0-5ad2-7c3e-a1a5-0f6f3b1f6c11\",\"Type\":\"message\",\"Created\":1}\n\n" },
        { "no type", EventStream + "data: {\"Id\":\"0199d9d0-5ad2-7c3e-a1a5-0f6f3b1f6c11\",\"Created\":1,\"Payload\":{}}\n\n" },
        { "no session", EventStream + Event("""{"Name":"open","Streams":["s"]}""") },
        { "a null among lives", EventStream + Event("""{"Name":"open","Session":"secret","Streams":["s"],"Lives":[null]}""") },
        { "a null among streams", EventStream + Event("""{"Name":"open","Session":"secret","Streams":[null]}""") },
        { "a null among users", EventStream + OpenEvent() + Event("""{"Name":"presence","Stream":"s","Observers":1,"Users":[null]}""") },
        { "half of a surrogate pair", EventStream + OpenEvent() + HalfAPair },
        { "no open event", EventStream + Event("""{"Name":"gap","Stream":"s"}""") },
        { "a message without text", EventStream + OpenEvent() + Event("""{"Stream":"s"}""", "message") },
        { "an id that is no cursor", EventStream + OpenEvent() + Event("""{"Name":"gap","Stream":"s"}""", "event", "12a") },
        { "an id of two streams", EventStream + OpenEvent() + Event("""{"Name":"gap","Stream":"s"}""", "event", "1,2") },
        { "a negative id", EventStream + OpenEvent() + Event("""{"Name":"gap","Stream":"s"}""", "event", "-1024") },
        { "bytes that are not UTF-8", EventStream + OpenEvent() + "data: {\"Id\":\"\u00ff\ud800\"}\n\n" },
        { "deep nesting", EventStream + "data: " + new string('[', 100_000) + "\n\n" },
        { "a page", "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>" },
        { "no content type", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}" },
        { "a redirect to itself", "HTTP/1.1 302 Found\r\nLocation: /events\r\nContent-Length: 0\r\n\r\n" },
        { "no HTTP", "hello\r\n\r\n" },
    };

    [Theory]
    [MemberData(nameof(Rubbish))]
    public async Task Rubbish_is_called_so(string what, string answer)
    {
        var node = Use(new ScriptedNode(connection => connection.SendAsync(answer)));
        var client = NewClient(new MaltenClientOptions { Nodes = [node.Address] });
        var failed = await Assert.ThrowsAsync<MaltenException>(() => Use(new Listener(client, ["s"])).EndAsync());
        Assert.True(failed.Fault == MaltenFault.BadAnswer, $"{what}: {failed}");
        Assert.Equal(node.Address, failed.Node);
        Assert.Contains($"{node.Address}", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Members_and_events_of_later_versions_are_no_rubbish()
    {
        var node = Use(new ScriptedNode(async connection =>
        {
            await connection.SendAsync(EventStream + OpenEvent() + Event("""{"Name":"brand-new","Extra":{"a":[1]}}""")
                + Event("{}", "novelty", "2048") + "event: other\nunknown: field\n" + MessageEvent("hello", 4096));
            await connection.UntilClosedAsync();
        }));
        var listener = Use(new Listener(NewClient(new MaltenClientOptions { Nodes = [node.Address] }), ["s"]));
        Assert.IsType<Opened>(await listener.NextAsync());
        Assert.Equal("hello", Assert.IsType<Message>(await listener.NextAsync()).Text);
    }

    [Theory]
    [InlineData("[", "200 OK")]
    [InlineData("null", "200 OK")]
    [InlineData("[null]", "200 OK")]
    [InlineData("{\"Id\":1}", "200 OK")]
    [InlineData("<html>welcome to this hotel", "200 OK")]
    [InlineData("", "301 Moved Permanently")]
    [InlineData("", "304 Not Modified")]
    public async Task Each_call_says_that_an_answer_is_none(string answer, string status)
    {
        var node = Use(new ScriptedNode(connection => connection.AnswerAsync(answer, status), withPages: false));
        var client = NewClient(new MaltenClientOptions { Nodes = [node.Address] });
        Func<Task>[] calls =
        [
            () => client.PostAsync("s", "a"), () => client.ReadAsync("s").ToListAsync().AsTask(), () => client.GetPresenceAsync("s"),
            () => client.ListStreamsAsync(), () => client.BeginStreamAsync(), () => client.BeginPipeAsync(), () => client.SendCommandAsync("s", "a"),
        ];
        foreach (var call in calls) Assert.Equal(MaltenFault.BadAnswer, (await Assert.ThrowsAsync<MaltenException>(call)).Fault);
    }

    [Theory]
    [InlineData("""{"Observers":1,"Users":[null]}""")]
    [InlineData("""{"Observers":1,"Users":[{}]}""")]
    [InlineData("""{"Observers":1,"Listeners":[null]}""")]
    [InlineData("""{"Observers":1,"Users":[{"User":"\ud800"}]}""")]
    public async Task A_presence_with_holes_is_called_rubbish(string answer) =>
        Assert.Equal(MaltenFault.BadAnswer, (await FailAsync(answer, client => client.GetPresenceAsync("s"))).Fault);

    [Theory]
    [InlineData("""{"\ud800":{}}""")]
    [InlineData("""{"a":null}""")]
    [InlineData("""{"a":{}}{}""")]
    [InlineData("""{"a":{}""")]
    public async Task A_list_that_is_none_is_called_rubbish(string answer) =>
        Assert.Equal(MaltenFault.BadAnswer, (await FailAsync(answer, client => client.ListStreamsAsync())).Fault);

    [Fact]
    public async Task A_page_or_a_list_without_end_is_called_rubbish()
    {
        const string Message = """{"Id":"0199d9d0-5ad2-7c3e-a1a5-0f6f3b1f6c11","Text":"a","Created":2048,"Stream":"s"}""";
        var page = await FailAsync($"[{string.Join(',', Enumerable.Repeat(Message, 1025))}]", client => client.ListenAsync("s").FirstAsync().AsTask());
        var list = await FailAsync($$"""{{{string.Join(',', Enumerable.Range(0, 1025).Select(i => $"\"{i}\":{{}}"))}}}""", client => client.ListStreamsAsync());
        Assert.Equal((MaltenFault.BadAnswer, MaltenFault.BadAnswer), (page.Fault, list.Fault));
    }

    [Fact]
    public void A_page_or_a_list_of_nothing_costs_no_memory()
    {
        var page = Encoding.UTF8.GetBytes($"[{string.Concat(Enumerable.Repeat("{},", 1_000_000))}{{}}]");
        var list = Encoding.UTF8.GetBytes($"{{{string.Concat(Enumerable.Repeat("\"a\":{},", 1_000_000))}\"a\":{{}}}}");
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<JsonException>(() => Body.ReadPage(page));
        Assert.Throws<JsonException>(() => Body.ReadList(list));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, Megabyte);
    }

    [Theory]
    [InlineData(false, 1, 2)]
    [InlineData(true, 2, 1)]
    [InlineData(false, 2, 1)]
    [InlineData(true, 1, 2)]
    [InlineData(true, 1, 1)]
    public async Task Pages_that_never_end_are_called_rubbish(bool newestFirst, int one, int other)
    {
        var page = string.Join(',', new[] { one, other }.Select(i =>
            $$"""{"Id":"{{Guid.NewGuid()}}","Type":"message","Text":"{{i}}","Created":{{i * 2048}},"Stream":"s"}"""));
        var node = Use(new ScriptedNode(connection => connection.AnswerAsync($"[{page}]"), withPages: false)); // whatever 'last' says
        var client = NewClient(new MaltenClientOptions { Nodes = [node.Address] });
        var reading = client.ReadAsync("s", new ReadOptions { NewestFirst = newestFirst }).ToListAsync().AsTask();
        Assert.Equal(MaltenFault.BadAnswer, (await Assert.ThrowsAsync<MaltenException>(() => reading.WaitAsync(TimeSpan.FromSeconds(30)))).Fault);
    }

    [Theory]
    [InlineData("{\"detail\":", "application/problem+json")]
    [InlineData("[]", "application/problem+json")]
    [InlineData("<html>Bad Request", "text/html")]
    public async Task A_refusal_without_a_problem_has_its_status(string body, string type)
    {
        var node = Use(new ScriptedNode(connection => connection.AnswerAsync(body, "400 Bad Request", $"Content-Type: {type}\r\n"), withPages: false));
        var failed = await Assert.ThrowsAsync<MaltenException>(() => NewClient(new MaltenClientOptions { Nodes = [node.Address] }).PostAsync("s", "a"));
        Assert.Equal((MaltenFault.Refused, HttpStatusCode.BadRequest), (failed.Fault, failed.Status));
        Assert.Equal(("Bad Request", null), (failed.Message, failed.Detail));
    }

    [Fact]
    public async Task A_refusal_commands_no_terminal()
    {
        var node = Use(new ScriptedNode(connection => connection.AnswerAsync(
            """{"title":"No","detail":"a\u001b[2J\nb"}""", "400 Bad Request", "Content-Type: application/problem+json\r\n"), withPages: false));
        var failed = await Assert.ThrowsAsync<MaltenException>(() => NewClient(new MaltenClientOptions { Nodes = [node.Address] }).PostAsync("s", "a"));
        Assert.Equal(("a\ufffd[2J b", "a\u001b[2J\nb"), (failed.Message, failed.Detail));
    }

    [Fact]
    public async Task Headers_that_come_too_slowly_are_not_waited_for()
    {
        var time = new FakeTime();
        var node = Use(new ScriptedNode(async connection =>
        {
            await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Type: text/ev");
            await connection.UntilClosedAsync();
        }));
        var listener = Use(new Listener(NewClient(new MaltenClientOptions { Nodes = [node.Address], TimeProvider = time }), ["s"]));
        await Eventually.IsSoAsync(() => node.Sent > 60 && time.ActiveTimers == 1 && node.Open == 1);
        time.Advance(TimeSpan.FromSeconds(10));
        var failed = await listener.NextAsync<Disconnected>();
        Assert.Equal(MaltenFault.Unreachable, failed.Cause?.Fault);
        Assert.Contains("10 s", failed.Cause?.Message, StringComparison.Ordinal);
        await Eventually.IsSoAsync(() => node.Open == 0);
    }

    [Fact]
    public async Task A_first_event_that_trickles_is_not_waited_for()
    {
        var time = new FakeTime();
        var drops = new SemaphoreSlim(0);
        var node = Use(new ScriptedNode(async connection =>
        {
            await connection.SendAsync(EventStream + "data: {");
            for (var i = 0; i < 20; i++)
            {
                await drops.WaitAsync();
                await connection.SendAsync(" ");
            }
        }));
        var listener = Use(new Listener(NewClient(new MaltenClientOptions { Nodes = [node.Address], TimeProvider = time }), ["s"]));
        var failed = listener.NextAsync<Disconnected>();
        await Eventually.IsSoAsync(() => node.Sent > 0 && time.ActiveTimers == 1);
        await AdvanceUntilAsync(time, TimeSpan.FromSeconds(1), () =>
        {
            drops.Release();
            return failed.IsCompleted;
        });
        Assert.Equal(MaltenFault.Unreachable, (await failed).Cause?.Fault);
        drops.Release(20);
    }

    [Fact]
    public async Task A_node_that_answers_rubbish_is_left_for_one_that_does_not()
    {
        var rubbish = Use(new ScriptedNode(connection => connection.AnswerAsync("<html>", headers: "Content-Type: text/html\r\n"), withPages: false));
        var node = await StartNodeAsync();
        var client = NewClient(new MaltenClientOptions { Nodes = [rubbish.Address, node.Address] });
        Assert.Equal("hello", (await client.PostAsync("s", "hello")).Text);
        var other = NewClient(new MaltenClientOptions { Nodes = [rubbish.Address, node.Address] });
        var listener = Use(new Listener(other, ["s"]));
        Assert.Equal(MaltenFault.BadAnswer, (await listener.NextAsync<Disconnected>()).Cause?.Fault);
        Assert.Equal(node.Address, (await listener.NextAsync<Opened>()).Node);
    }

    /// <summary>How a call fails that is answered so.</summary>
    private async Task<MaltenException> FailAsync(string answer, Func<MaltenClient, Task> call)
    {
        var node = Use(new ScriptedNode(connection => connection.AnswerAsync(answer), withPages: false));
        return await Assert.ThrowsAsync<MaltenException>(() => call(NewClient(new MaltenClientOptions { Nodes = [node.Address] })));
    }
}
