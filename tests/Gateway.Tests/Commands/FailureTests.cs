using Malten.Streams.Values;
using Malten.Testing.Provider;
using Microsoft.AspNetCore.Http;

namespace Malten.Gateway.Commands;

public sealed class FailureTests
{
    private static readonly StreamName Stream = StreamName.Parse("kitchen");

    public static TheoryData<string, string> Replies => new()
    {
        { "401", "The provider refused the key." },
        { "403", "The provider does not allow this with this key." },
        { "404", "The provider does not know the model." },
        { "400", "The provider refused the request." },
        { "429", "The provider is overloaded; try again later." },
        { "503", "The provider is overloaded; try again later." },
        { "500", "The provider has failed; try again later." },
        { "504", "The provider did not answer in time." },
        { "302", "The provider gave an answer that can't be read." },
        { "cut", "The provider could not be reached, or broke off its answer." },
        { "endless", "The provider could not be reached, or broke off its answer." },
        { "unfinished", "The provider could not be reached, or broke off its answer." },
        { "an error within", "The provider could not be reached, or broke off its answer." },
        { "no choices", "The provider could not be reached, or broke off its answer." },
        { "blank", "The provider gave an empty answer." },
        { "null", "The provider gave an empty answer." },
        { "no json", "The provider gave an answer that can't be read." },
        { "no json within", "The provider gave an answer that can't be read." },
        { "other json", "The provider gave an answer that can't be read." },
        { "a lone surrogate", "The provider gave an answer that can't be read." },
    };

    [Theory]
    [MemberData(nameof(Replies))]
    public async Task A_failure_is_said_once_in_our_own_words(string reply, string reason)
    {
        await using var node = await ChatNode.StartAsync();
        node.Provider.Reply = ReplyCalled(reply);
        await using var listener = await node.ListenAsync(Stream);
        var command = await node.AskAsync(Stream, "our-prompt");
        Assert.False((await listener.NextAsync("answering")).TryGetProperty("Text", out _));
        var failed = await listener.NextAsync("failed");
        Assert.Equal(command, failed.GetProperty("Command").GetGuid());
        Assert.Equal(reason, failed.GetProperty("Reason").GetString());
        AssertDiscreet(node, failed.GetRawText());
        await node.StopAsync();
        Assert.Empty(listener.Rest());
        Assert.Equal(1, node.Provider.Untaken); // asked once, not again and again
    }

    [Fact]
    public async Task Silence_ends_with_the_time_limit()
    {
        await using var node = await ChatNode.StartAsync(("Malten:Chat:TimeLimitSeconds", "60"));
        node.Provider.Reply = FakeReply.Silence;
        await using var listener = await node.ListenAsync(Stream);
        await node.AskAsync(Stream, "our-prompt");
        await node.Provider.NextRequestAsync();
        await listener.NextAsync("answering");
        node.Time.Advance(TimeSpan.FromSeconds(59));
        Assert.Empty(listener.Rest());
        node.Time.Advance(TimeSpan.FromSeconds(1));
        var failed = await listener.NextAsync("failed");
        Assert.Equal("The provider did not answer in time.", failed.GetProperty("Reason").GetString());
        AssertDiscreet(node, failed.GetRawText());
    }

    [Fact]
    public async Task A_provider_that_is_not_there_fails_the_command()
    {
        await using var node = await ChatNode.StartAsync();
        await node.Provider.DisposeAsync();
        await using var listener = await node.ListenAsync(Stream);
        await node.AskAsync(Stream, "our-prompt");
        var failed = await listener.NextAsync("failed");
        Assert.Equal("The provider could not be reached, or broke off its answer.", failed.GetProperty("Reason").GetString());
        AssertDiscreet(node, failed.GetRawText());
    }

    [Fact]
    public async Task Nobody_is_asked_but_the_provider_that_was_named()
    {
        await using var node = await ChatNode.StartAsync();
        await using var other = await FakeProvider.StartAsync();
        node.Provider.Reply = (context, _) =>
        {
            context.Response.StatusCode = StatusCodes.Status307TemporaryRedirect;
            context.Response.Headers.Location = $"{other.BaseUrl}/chat/completions";
            return Task.CompletedTask;
        };
        await using var listener = await node.ListenAsync(Stream);
        await node.AskAsync(Stream, "our-prompt");
        await listener.NextAsync("failed");
        Assert.Equal(0, other.Untaken);
    }

    [Fact]
    public async Task An_answer_for_which_there_is_no_room_fails()
    {
        await using var node = await ChatNode.StartAsync();
        await using var listener = await node.ListenAsync(Stream);
        node.Provider.Reply = async (context, request) =>
        {
            // Where a long one has no room any more, the short parts of an answer may.
            foreach (var text in new[] { "enc2." + new string('A', 4000), "a" })
                await Assert.ThrowsAsync<StreamRefusedException>(async () =>
                {
                    while (true) await node.SayAsync(StreamName.Parse("others"), text);
                });
            await FakeReply.Text(new string('b', 8 * 1024))(context, request);
        };
        await node.AskAsync(Stream, "our-prompt");
        var failed = await listener.NextAsync("failed");
        Assert.Equal("The answer could not be stored; try again later.", failed.GetProperty("Reason").GetString());
    }

    [Fact]
    public async Task After_a_failure_the_next_command_is_answered()
    {
        await using var node = await ChatNode.StartAsync(("Malten:Chat:MaxConcurrent", "1"));
        await using var listener = await node.ListenAsync(Stream);
        node.Provider.Reply = FakeReply.Cut("Half of");
        await node.AskAsync(Stream, "first");
        await listener.NextAsync("failed");
        node.Provider.Reply = FakeReply.Text("Better now.");
        await node.AskAsync(Stream, "second");
        Assert.Equal("Better now.", (await listener.NextAnswerAsync()).Text);
    }

    private static Func<HttpContext, FakeRequest, Task> ReplyCalled(string name) => name switch
    {
        "cut" => FakeReply.Cut("Half of"),
        "unfinished" => FakeReply.Unfinished("Half of"),
        "endless" => FakeReply.Writing(async writer =>
        {
            while (true) await writer.WriteRawAsync($": {new string('a', 64 * 1024)}\n\n");
        }),
        "an error within" => FakeReply.Writing(writer => writer.WriteRawAsync("data: {\"error\":{\"message\":\"provider-text\"}}\n\n")),
        "no json within" => FakeReply.Writing(writer => writer.WriteRawAsync("data: <html>provider-text</html>\n\n")),
        "no choices" => FakeReply.NoChoices,
        "blank" => FakeReply.Text(" \n\t "),
        "null" => FakeReply.Text((string?)null),
        "no json" => FakeReply.Body("<html>provider-text</html>"),
        "other json" => FakeReply.Body("""{"provider-text":1}"""),
        "a lone surrogate" => FakeReply.Body(
            "data: {\"id\":\"1\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\\ud800b\"}}]}\n\n", "text/event-stream"),
        _ => FakeReply.Status(int.Parse(name, null)),
    };

    private static void AssertDiscreet(ChatNode node, string failed)
    {
        string[] secrets = [FakeProvider.Key, FakeReply.ProviderText, node.Provider.BaseUrl, "127.0.0.1", "our-prompt"];
        Assert.All(secrets, secret => Assert.DoesNotContain(secret, failed, StringComparison.OrdinalIgnoreCase));
        Assert.NotEmpty(node.Log.Lines); // the operator is told
        Assert.All([.. secrets, "kitchen"], secret =>
            Assert.All(node.Log.Lines, line => Assert.DoesNotContain(secret, line, StringComparison.OrdinalIgnoreCase)));
    }
}
