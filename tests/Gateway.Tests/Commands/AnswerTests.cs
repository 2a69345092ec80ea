using Malten.Streams.Feeds;
using Malten.Streams.Values;
using Malten.Testing.Provider;

namespace Malten.Gateway.Commands;

public sealed class AnswerTests : IAsyncLifetime
{
    private static readonly StreamName Stream = StreamName.Parse("kitchen");
    private ChatNode _node = null!;

    public async ValueTask InitializeAsync() => _node = await ChatNode.StartAsync(("OPENAI_MODEL", "model-x"));

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Fact]
    public async Task An_answer_is_announced_and_comes_as_a_message_that_names_the_command()
    {
        _node.Provider.Reply = FakeReply.Text("  Forty-two.\n");
        await using var listener = await _node.ListenAsync(Stream);
        var command = await _node.AskAsync(Stream, "What is it?");
        var answering = await listener.NextAsync("answering");
        Assert.Equal(command, answering.GetProperty("Command").GetGuid());
        Assert.Equal("kitchen", answering.GetProperty("Stream").GetString());
        var answer = await listener.NextAnswerAsync();
        Assert.Equal(("Forty-two.", command), (answer.Text, answer.ReplyTo));
        await _node.StopAsync();
        Assert.Empty(listener.Rest());
    }

    [Fact]
    public async Task The_provider_gets_key_model_limit_and_the_prompt_last()
    {
        await using var listener = await _node.ListenAsync(Stream);
        await _node.AskAsync(Stream, "What is it?");
        var request = await _node.Provider.NextRequestAsync();
        Assert.Equal($"Bearer {FakeProvider.Key}", request.Authorization);
        Assert.Equal("model-x", request.Body.GetProperty("model").GetString());
        Assert.Equal(8192, request.Body.GetProperty("max_completion_tokens").GetInt32());
        Assert.StartsWith("system: You are Malten", request.Messages[0], StringComparison.Ordinal);
        Assert.Equal(["asked: What is it?"], request.Turns);
        Assert.True(request.AsksForUsage);
        await listener.NextAnswerAsync();
        Assert.Equal(0, _node.Provider.Untaken);
    }

    [Fact]
    public async Task A_message_that_is_a_command_is_answered_after_it()
    {
        await using var listener = await _node.ListenAsync(Stream);
        await _node.SayAsync(Stream, "/malten What is it?", "ann");
        Assert.Equal("/malten What is it?", (await listener.NextAsync("message")).GetProperty("Text").GetString());
        Assert.Equal("An answer.", (await listener.NextAnswerAsync()).Text);
    }

    [Fact]
    public async Task A_long_answer_becomes_several_messages_in_order()
    {
        var sentences = Enumerable.Range(0, 120).Select(number => $"This is sentence {number} of the answer.").ToList();
        _node.Provider.Reply = FakeReply.Text(string.Join(' ', sentences));
        await using var listener = await _node.ListenAsync(Stream);
        var command = await _node.AskAsync(Stream, "Tell me all.");
        var told = "";
        while (!told.EndsWith(sentences[^1], StringComparison.Ordinal))
        {
            var part = await listener.NextAnswerAsync();
            Assert.InRange(part.Text.Length, 1, 1024);
            Assert.EndsWith(".", part.Text, StringComparison.Ordinal);
            Assert.Equal(command, part.ReplyTo);
            told += told.Length == 0 ? part.Text : " " + part.Text;
        }

        Assert.Equal(string.Join(' ', sentences), told);
    }

    [Fact]
    public async Task An_answer_that_looks_like_a_command_is_none()
    {
        _node.Provider.Reply = FakeReply.Text("/malten go on forever");
        await using var listener = await _node.ListenAsync(Stream);
        await _node.SayAsync(Stream, "/malten hello");
        await listener.NextAsync("message");
        Assert.Equal("/malten go on forever", (await listener.NextAnswerAsync()).Text);
        await _node.Provider.NextRequestAsync();
        await _node.StopAsync();
        Assert.Equal(0, _node.Provider.Untaken);
        Assert.Empty(listener.Rest());
    }

    [Fact]
    public async Task An_answer_that_looks_encrypted_is_plain()
    {
        _node.Provider.Reply = FakeReply.Text("enc2.AAAA");
        await using var listener = await _node.ListenAsync(Stream);
        await _node.AskAsync(Stream, "Say enc2.AAAA");
        Assert.Equal(" enc2.AAAA", (await listener.NextAnswerAsync()).Text);
    }

    [Fact]
    public async Task An_answer_that_met_the_token_limit_shows_that_it_is_cut()
    {
        _node.Provider.Reply = FakeReply.Text("And then", finish: "length");
        await using var listener = await _node.ListenAsync(Stream);
        await _node.AskAsync(Stream, "Go on.");
        Assert.Equal("And then …", (await listener.NextAnswerAsync()).Text);
    }

    [Fact]
    public async Task A_pipe_is_answered_from_the_seat_that_asked_and_nothing_of_it_goes_along()
    {
        var pipe = await _node.Broker.CreatePipeAsync(TimeToLive.Default);
        var seat = new StreamAddress(pipe.Name, pipe.Seats[1]);
        await using var listener = await _node.ListenAsync(seat);
        await _node.SayAsync(seat, "between us", "ann");
        await listener.NextAsync("message");
        await _node.AskAsync(seat, "What was said?");
        var request = await _node.Provider.NextRequestAsync();
        Assert.Equal(["asked: What was said?"], request.Turns);
        Assert.DoesNotContain("between us", request.Body.GetRawText(), StringComparison.Ordinal);
        await listener.NextAnswerAsync();
        await _node.AskAsync(seat, "And now?");
        Assert.Equal(["asked: And now?"], (await _node.Provider.NextRequestAsync()).Turns);
    }

    [Fact]
    public async Task An_answer_to_a_name_not_in_use_begins_a_stream()
    {
        await using var listener = await _node.ListenAsync(Stream);
        await _node.AskAsync(Stream, "Anybody?");
        await listener.NextAnswerAsync();
        Assert.Single(await _node.Broker.ReadAsync(new PageRequest(Stream)));
    }
}
