namespace Malten.Testing.Contract;

/// <summary>API.md, "POST /commands", where no provider is set: any system that listens may answer.</summary>
public abstract class CommandsContract<THost> : ContractTests<THost> where THost : IContractHost<THost>
{
    [Fact]
    public async Task The_answer_is_the_event_that_listeners_get()
    {
        var stream = NewName();
        var listeners = new[] { await Api.HearAsync(stream), await Api.HearAsync(stream), await Api.ListenAsync($"stream={stream}&stream={NewName()}") };
        var answer = (await Api.PostAsync("/commands", ("stream", stream), ("prompt", "what \"now\"?"))).Ok();
        Assert.Equal(["Id", "Type", "Created", "Payload"], Names(answer));
        Assert.Equal("command", answer.GetProperty("Type").GetString());
        Assert.True(Guid.TryParse(answer.GetProperty("Id").GetString(), out _));
        Assert.Equal(["Prompt", "Stream"], Names(answer.GetProperty("Payload")));
        Assert.Equal("what \"now\"?", answer.GetProperty("Payload").GetProperty("Prompt").GetString());
        Assert.Equal(stream, answer.GetProperty("Payload").GetProperty("Stream").GetString());
        foreach (var listener in listeners)
        {
            var heard = await listener.NextAsync();
            Assert.Equal(answer.GetRawText(), heard.Json.GetRawText());
            Assert.Null(heard.Id);
        }
    }

    [Fact]
    public async Task It_takes_its_turn_among_messages_but_is_none()
    {
        var stream = NewName();
        var listener = await Api.HearAsync(stream);
        await PostAsync(stream, "a");
        (await Api.PostAsync("/commands", ("stream", stream), ("prompt", "x"))).Ok();
        await PostAsync(stream, "b");
        await listener.HearsAsync("a");
        Assert.Equal("command", (await listener.NextAsync()).Type);
        await listener.HearsAsync("b");
        Assert.Equal(["a", "b"], await ReadAsync(stream));
    }

    [Fact]
    public async Task Without_a_provider_nothing_else_is_said()
    {
        var stream = NewName();
        var listener = await Api.HearAsync(stream);
        (await Api.PostAsync("/commands", ("stream", stream), ("prompt", "x"))).Ok();
        Assert.Equal("command", (await listener.NextAsync()).Type);
        await PostAsync(stream, "end");
        await listener.HearsAsync("end");
    }

    [Fact]
    public async Task It_begins_no_stream()
    {
        var stream = NewName();
        (await Api.PostAsync("/commands", ("stream", stream), ("prompt", "x"))).Ok();
        (await Api.PostAsync("/streams", ("stream", stream))).Created();
    }
}
