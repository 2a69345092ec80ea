using System.Text;
using Malten.Streams.Values;
using Malten.Testing;
using Malten.Testing.Provider;

namespace Malten.Gateway.Commands;

/// <summary>What commands cost is counted, and nobody spends more than there is.</summary>
public sealed class CostTests
{
    private const int Least = 8192 + 4096;

    private static readonly StreamName Stream = StreamName.Parse("kitchen");
    private static readonly ClientKey Ann = new(1, 1);
    private static readonly ClientKey Bob = new(2, 2);

    [Fact]
    public async Task What_the_provider_says_is_counted()
    {
        await using var node = await ChatNode.StartAsync();
        node.Provider.Reply = FakeReply.Text("Yes.", tokens: 700);
        await AnsweredAsync(node, Ann);
        await node.SpentAsync(700);
        await AnsweredAsync(node, Bob);
        await node.SpentAsync(1400);
    }

    [Fact]
    public async Task Where_it_says_nothing_bytes_are_counted()
    {
        await using var node = await ChatNode.StartAsync();
        node.Provider.Reply = FakeReply.Text("Ja, 麦芽.", tokens: null);
        await AnsweredAsync(node, Ann);
        var request = await node.Provider.NextRequestAsync();
        var bytes = request.Messages.Sum(Encoding.UTF8.GetByteCount) + Encoding.UTF8.GetByteCount("Ja, 麦芽.");
        await EventuallyAsync(() => node.Budget.SpentToday > 0);
        Assert.Equal(bytes - "system: user: ".Length + 128, node.Budget.SpentToday); // and what a provider may add to two messages
    }

    [Theory]
    [InlineData("cut")]
    [InlineData("unfinished")]
    [InlineData("silence")]
    [InlineData("no json within")]
    public async Task What_breaks_off_counts_as_if_all_had_been_spent(string how)
    {
        await using var node = await ChatNode.StartAsync();
        node.Provider.Reply = how switch
        {
            "cut" => FakeReply.Cut("Half of"),
            "unfinished" => FakeReply.Unfinished("Half of"),
            "silence" => FakeReply.Silence,
            _ => FakeReply.Writing(writer => writer.WriteRawAsync("data: nothing\n\n")),
        };
        await using var listener = await node.ListenAsync(Stream);
        await node.AskAsync(Stream, "What?", Ann);
        await node.Provider.NextRequestAsync();
        node.Time.Advance(TimeSpan.FromSeconds(60));
        await listener.NextAsync("failed");
        await node.SpentAsync(Least);
    }

    [Fact]
    public async Task An_answer_that_nobody_wants_any_more_is_paid_for_all_the_same()
    {
        await using var node = await ChatNode.StartAsync();
        node.Provider.Reply = FakeReply.Endless(new string('a', 1000) + " ");
        await using var listener = await node.ListenAsync(Stream);
        await node.AskAsync(Stream, "All of it.", Ann);
        await listener.NextAnswerAsync(); // of which no more is read than can be posted
        await node.SpentAsync(Least);
    }

    [Theory]
    [InlineData(401)]
    [InlineData(429)]
    [InlineData(500)]
    public async Task A_request_that_the_provider_refuses_is_free(int status)
    {
        await using var node = await ChatNode.StartAsync(("Malten:Chat:TokensPerDayPerClient", $"{Least}"));
        node.Provider.Reply = FakeReply.Status(status);
        await using var listener = await node.ListenAsync(Stream);
        for (var number = 0; number < 3; number++)
        {
            await node.AskAsync(Stream, "What?", Ann);
            await listener.NextAsync("failed");
            await EventuallyAsync(() => node.Budget.Clients == 0);
        }

        Assert.Equal(0, node.Budget.SpentToday);
    }

    [Fact]
    public async Task A_provider_that_is_not_there_costs_nothing()
    {
        await using var node = await ChatNode.StartAsync();
        await node.Provider.DisposeAsync();
        await using var listener = await node.ListenAsync(Stream);
        await node.AskAsync(Stream, "What?", Ann);
        await listener.NextAsync("failed");
        await EventuallyAsync(() => node.Budget.Clients == 0);
        Assert.Equal(0, node.Budget.SpentToday);
    }

    [Fact]
    public async Task A_client_that_has_spent_its_share_is_refused_and_another_is_answered()
    {
        await using var node = await ChatNode.StartAsync(("Malten:Chat:TokensPerDayPerClient", $"{Least + 1000}"));
        node.Provider.Reply = FakeReply.Text("Yes.", tokens: 1001);
        await AnsweredAsync(node, Ann);
        await node.SpentAsync(1001);
        var refused = await Assert.ThrowsAsync<StreamRefusedException>(() => node.AskAsync(Stream, "More?", Ann));
        Assert.Equal(Refusal.Busy, refused.Refusal);
        Assert.Contains("share", refused.Message, StringComparison.Ordinal);
        await AnsweredAsync(node, Bob);
        node.Time.Advance(TimeSpan.FromDays(1));
        await AnsweredAsync(node, Ann);
    }

    [Fact]
    public async Task Many_at_once_do_not_spend_more_than_the_day_has()
    {
        const int day = Least * 4;
        await using var node = await ChatNode.StartAsync(
            ("Malten:Chat:TokensPerDay", $"{day}"), ("Malten:Chat:MaxConcurrentPerStream", "8"));
        node.Provider.Reply = FakeReply.Text("Yes.", tokens: Least); // as much as an answer may come to
        await using var listener = await node.ListenAsync(Stream);
        var taken = 0;
        await Parallel.ForAsync(0, 100, async (number, _) =>
        {
            try
            {
                await node.AskAsync(Stream, "What?", new ClientKey((ulong)number, (ulong)number));
                Interlocked.Increment(ref taken);
            }
            catch (StreamRefusedException refused)
            {
                Assert.Equal(Refusal.Full, refused.Refusal);
            }
        });
        for (var number = 0; number < taken; number++) await listener.NextAnswerAsync();
        Assert.Equal(4, taken);
        await node.SpentAsync(day);
        Assert.Equal(4, node.Provider.Untaken);
    }

    [Fact]
    public async Task Where_little_is_left_less_of_what_was_said_goes_along()
    {
        await using var node = await ChatNode.StartAsync(("Malten:Chat:TokensPerDayPerClient", $"{Least + 1000}"));
        for (var number = 0; number < 8; number++) await node.SayAsync(Stream, $"{number}" + new string('a', 900));
        await node.AskAsync(Stream, "What?", Ann);
        var turns = (await node.Provider.NextRequestAsync()).Turns;
        Assert.Equal(["said: 4", "said: 5", "said: 6", "said: 7", "asked: "], turns.Select(turn => turn[..7]));
    }

    [Fact]
    public async Task A_question_that_is_too_long_for_what_is_left_fails_before_the_provider_is_asked()
    {
        await using var node = await ChatNode.StartAsync(("Malten:Chat:TokensPerDayPerClient", $"{Least + 1000}"));
        await using var listener = await node.ListenAsync(Stream);
        await node.AskAsync(Stream, string.Concat(Enumerable.Repeat("😀", 1024)), Ann);
        var failed = await listener.NextAsync("failed");
        Assert.StartsWith("What is left of today's answers is too little", failed.GetProperty("Reason").GetString(), StringComparison.Ordinal);
        await EventuallyAsync(() => node.Budget.Clients == 0);
        Assert.Equal((0, 0), (node.Provider.Untaken, node.Budget.SpentToday));
    }

    [Fact]
    public async Task A_command_that_is_refused_reserves_nothing()
    {
        await using var node = await ChatNode.StartAsync();
        var pipe = await node.Broker.CreatePipeAsync(TimeToLive.Default);
        await Assert.ThrowsAsync<StreamRefusedException>(() => node.AskAsync(pipe.Name, "without a seat", Ann));
        await Assert.ThrowsAsync<StreamRefusedException>(async () => await node.SayAsync(pipe.Name, "/malten without a seat"));
        Assert.Equal(0, node.Budget.Clients);
    }

    [Fact]
    public async Task Commands_that_are_given_up_when_the_node_stops_give_back_what_they_reserved()
    {
        await using var node = await ChatNode.StartAsync();
        node.Provider.Reply = FakeReply.Silence;
        for (var number = 0; number < 4; number++) await node.AskAsync(Stream, "What?", Ann);
        await node.Provider.NextRequestAsync();
        await node.StopAsync();
        await node.SpentAsync(Least); // the one that was asked
    }

    private static async Task AnsweredAsync(ChatNode node, ClientKey client)
    {
        var stream = StreamName.Random();
        await using var listener = await node.ListenAsync(stream);
        await node.AskAsync(stream, "What?", client);
        await listener.NextAnswerAsync();
    }

    private static Task EventuallyAsync(Func<bool> isSo) => Eventually.IsSoAsync(isSo);
}
