using Malten.Streams.Feeds;
using Malten.Streams.Values;
using Malten.Testing.Provider;

namespace Malten.Gateway.Commands;

public sealed class ContextTests
{
    private const string Answer = "answered: An answer.";

    private static readonly StreamName Stream = StreamName.Parse("kitchen");

    [Fact]
    public async Task Messages_go_along_oldest_first_with_the_names_of_those_who_speak()
    {
        await using var node = await ChatNode.StartAsync();
        await node.SayAsync(Stream, "hello", "ann");
        await node.SayAsync(Stream, "who is there?");
        await node.SayAsync(Stream, "me", "Jörg K.");
        await node.AskAsync(Stream, "Who is who?");
        Assert.Equal(["said ann: hello", "said: who is there?", "said Jörg K.: me", "asked: Who is who?"], await TurnsAsync(node));
    }

    [Fact]
    public async Task Its_own_answers_are_the_assistants_and_a_namesake_is_not()
    {
        await using var node = await ChatNode.StartAsync();
        node.Provider.Reply = FakeReply.Text("Of course.");
        await using (var listener = await node.ListenAsync(Stream))
        {
            await node.AskAsync(Stream, "first");
            await listener.NextAnswerAsync();
        }

        await node.SayAsync(Stream, "I am the real one", "malten");
        await node.Provider.NextRequestAsync();
        await node.AskAsync(Stream, "second");
        Assert.Equal(["answered: Of course.", "said malten: I am the real one", "asked: second"], await TurnsAsync(node));
    }

    [Fact]
    public async Task A_command_posted_as_a_message_is_said_once_with_the_name_of_who_asked()
    {
        await using var node = await ChatNode.StartAsync();
        await node.SayAsync(Stream, "hello", "bob");
        await node.SayAsync(Stream, "/malten   What time is it? ", "ann");
        Assert.Equal(["said bob: hello", "asked ann: What time is it?"], await TurnsAsync(node));
    }

    [Fact]
    public async Task Where_several_wait_with_the_same_question_each_is_asked_by_its_own_writer()
    {
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var node = await ChatNode.StartAsync(("Malten:Chat:MaxConcurrent", "1"));
        node.Provider.Reply = FakeReply.After(go.Task);
        await node.AskAsync(StreamName.Parse("other"), "first");
        await node.Provider.NextRequestAsync();
        await node.SayAsync(Stream, "/malten Why?", "ann");
        await node.SayAsync(Stream, "/malten Why?", "bob");
        await node.AskAsync(Stream, "Why?");
        go.SetResult();
        Assert.Equal(["said bob: Why?", "asked ann: Why?"], await TurnsAsync(node));
        Assert.Equal(["said ann: Why?", Answer, "asked bob: Why?"], await TurnsAsync(node));
        Assert.Equal(["said ann: Why?", "said bob: Why?", Answer, Answer, "asked: Why?"], await TurnsAsync(node));
    }

    [Fact]
    public async Task Nothing_of_other_streams_goes_along()
    {
        await using var node = await ChatNode.StartAsync();
        await node.SayAsync(StreamName.Parse("Kitchen"), "secret of the other", "eve");
        await node.SayAsync(StreamName.Default, "secret of the default", "eve");
        await node.SayAsync(Stream, "mine");
        await node.AskAsync(Stream, "What do you know?");
        var request = await node.Provider.NextRequestAsync();
        Assert.Equal(["said: mine", "asked: What do you know?"], request.Turns);
        Assert.DoesNotContain("secret", request.Body.GetRawText(), StringComparison.Ordinal);
        Assert.DoesNotContain("kitchen", request.Body.GetRawText(), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Nothing_goes_along_of_a_stream_that_began_after_the_question()
    {
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var node = await ChatNode.StartAsync(("Malten:Chat:MaxConcurrent", "1"));
        node.Provider.Reply = FakeReply.After(go.Task);
        await node.AskAsync(StreamName.Parse("other"), "first");
        await node.Provider.NextRequestAsync();
        await node.AskAsync(Stream, "What was said?");
        await node.SayAsync(Stream, "said later, in a stream that may have ended by then");
        go.SetResult();
        Assert.Equal(["asked: What was said?"], await TurnsAsync(node));
    }

    [Fact]
    public async Task What_is_encrypted_stays_here()
    {
        await using var node = await ChatNode.StartAsync();
        await node.SayAsync(Stream, "open");
        await node.SayAsync(Stream, "enc2." + new string('A', 5000), "ann");
        await node.AskAsync(Stream, "What was said?");
        var request = await node.Provider.NextRequestAsync();
        Assert.Equal(["said: open", "asked: What was said?"], request.Turns);
        Assert.DoesNotContain("AAAA", request.Body.GetRawText(), StringComparison.Ordinal);
        Assert.DoesNotContain("ann", request.Turns[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_an_encrypted_stream_goes_along_what_was_asked_in_clear()
    {
        await using var node = await ChatNode.StartAsync();
        for (var number = 0; number < 100; number++) await node.SayAsync(Stream, $"enc2.{new string('A', 100)}{number:000}");
        await node.SayAsync(Stream, "/malten What is malt?");
        await node.SayAsync(Stream, "enc2.BBBB");
        var request = await node.Provider.NextRequestAsync();
        Assert.Equal(["asked: What is malt?"], request.Turns);
        Assert.DoesNotContain("enc2", request.Body.GetRawText(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("enc2.AAAA")]
    [InlineData("enc2.")]
    public async Task An_encrypted_text_is_no_question(string prompt)
    {
        await using var node = await ChatNode.StartAsync();
        var refused = await Assert.ThrowsAsync<StreamRefusedException>(() => node.AskAsync(Stream, prompt));
        Assert.Equal(Refusal.BadValue, refused.Refusal);
        await Assert.ThrowsAsync<StreamRefusedException>(async () => await node.SayAsync(Stream, $"/malten  {prompt}"));
        Assert.Empty(await node.Broker.ReadAsync(new PageRequest(Stream)));
        await node.AskAsync(Stream, "in clear");
        Assert.Equal(["asked: in clear"], await TurnsAsync(node));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(29, 2)]
    [InlineData(30, 3)]
    [InlineData(1000, 100)]
    [InlineData(100_000, 200)]
    public async Task The_newest_messages_go_along_within_the_budget(int budget, int messages)
    {
        await using var node = await ChatNode.StartAsync(("Malten:Chat:ContextCharacters", $"{budget}"));
        for (var number = 0; number < 200; number++) await node.SayAsync(Stream, $"text {number:0000}", "u"); // 9 + 1 characters
        await node.AskAsync(Stream, "Well?");
        var expected = Enumerable.Range(200 - messages, messages).Select(number => $"said u: text {number:0000}");
        Assert.Equal([.. expected, "asked: Well?"], await TurnsAsync(node));
    }

    private static async Task<IReadOnlyList<string>> TurnsAsync(ChatNode node) =>
        (await node.Provider.NextRequestAsync()).Turns;
}
