using System.Net;

namespace Malten.Testing.Contract;

/// <summary>API.md, "POST /messages".</summary>
public abstract class MessagesContract<THost> : ContractTests<THost> where THost : IContractHost<THost>
{
    [Fact]
    public async Task The_answer_is_the_message_as_stored()
    {
        var stream = NewName();
        var listener = await Api.HearAsync(stream);
        var answer = (await Api.PostAsync("/messages", ("stream", stream), ("message", "hello world"), ("user", "ann"))).Ok();
        Assert.Equal(["Id", "Type", "Text", "Created", "Stream", "User"], Names(answer));
        Assert.Equal("message", answer.GetProperty("Type").GetString());
        Assert.Equal("hello world", answer.GetProperty("Text").GetString());
        Assert.Equal(stream, answer.GetProperty("Stream").GetString());
        Assert.Equal("ann", answer.GetProperty("User").GetString());

        var page = (await Api.GetAsync($"/messages?stream={stream}")).Ok();
        Assert.Equal(answer.GetRawText(), page[0].GetRawText());
        var heard = await listener.NextAsync();
        Assert.Equal(answer.GetRawText(), heard.Payload.GetRawText());
        Assert.Equal(answer.GetProperty("Id").GetString(), heard.Json.GetProperty("Id").GetString());
        Assert.Equal(answer.GetProperty("Created").GetInt64(), heard.Created);
    }

    [Fact]
    public async Task User_is_left_out_when_not_given()
    {
        var answer = (await Api.PostAsync("/messages", ("stream", NewName()), ("message", "a"))).Ok();
        Assert.Equal(["Id", "Type", "Text", "Created", "Stream"], Names(answer));
    }

    [Fact]
    public async Task The_text_may_be_called_text()
    {
        var stream = NewName();
        (await Api.PostAsync("/messages", ("stream", stream), ("text", "a"))).Ok();
        (await Api.PostJsonAsync($"/messages?stream={stream}", """{"text":"b"}""")).Ok();
        (await Api.PostAsync($"/messages?stream={stream}&text=c")).Ok();
        Assert.Equal(["a", "b", "c"], await ReadAsync(stream));
    }

    [Fact]
    public async Task Id_is_a_UUIDv7_of_the_server()
    {
        var stream = NewName();
        await PostAsync(stream, "a", "b");
        var ids = (await Api.GetAsync($"/messages?stream={stream}")).Ok().EnumerateArray()
            .Select(message => message.GetProperty("Id").GetGuid()).ToArray();
        Assert.NotEqual(ids[0], ids[1]);
        Assert.All(ids, id => Assert.Equal(7, id.Version));
    }

    [Fact]
    public async Task A_retry_with_the_same_id_is_stored_once()
    {
        var (stream, id) = (NewName(), Guid.NewGuid());
        var listener = await Api.HearAsync(stream);
        var first = (await Api.PostAsync("/messages", ("stream", stream), ("message", "a"), ("id", $"{id}"))).Ok();
        Assert.Equal(id, first.GetProperty("Id").GetGuid());
        await PassAsync(1);
        await PostAsync(stream, "b");
        foreach (var again in new[] { $"{id}", $"{id}".ToUpperInvariant() })
        {
            var answer = await Api.PostAsync("/messages", ("stream", stream), ("message", "other"), ("user", "bob"), ("id", again));
            Assert.Equal(first.GetRawText(), answer.Ok().GetRawText());
        }

        await PostAsync(stream, "c");
        await listener.HearsAsync("a", "b", "c");
        Assert.Equal(["a", "b", "c"], await ReadAsync(stream));
    }

    [Fact]
    public async Task Of_many_posts_with_one_id_one_is_stored()
    {
        var (stream, id) = (NewName(), $"{Guid.CreateVersion7()}");
        var answers = await Task.WhenAll(Enumerable.Range(0, 16)
            .Select(number => Api.PostAsync("/messages", ("stream", stream), ("message", $"{number}"), ("id", id))));
        var stored = Assert.Single(await ReadAsync(stream));
        Assert.All(answers, answer => Assert.Equal(stored, answer.Ok().GetProperty("Text").GetString()));
    }

    [Fact]
    public async Task An_id_belongs_to_its_stream()
    {
        var (one, other, id) = (NewName(), NewName(), $"{Guid.NewGuid()}");
        (await Api.PostAsync("/messages", ("stream", one), ("message", "a"), ("id", id))).Ok();
        (await Api.PostAsync("/messages", ("stream", other), ("message", "b"), ("id", id))).Ok();
        Assert.Equal(["a"], await ReadAsync(one));
        Assert.Equal(["b"], await ReadAsync(other));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("\t\r\n\u00a0\u3000\u2028")]
    public async Task Blank_is_400(string text)
    {
        var stream = NewName();
        Refused(await Api.PostAsync("/messages", ("stream", stream), ("message", text)), HttpStatusCode.BadRequest, "message");
        Assert.Empty(await ReadAsync(stream));
    }

    [Fact]
    public async Task White_space_around_a_text_is_kept()
    {
        var stream = NewName();
        await PostAsync(stream, " \ta\r\n");
        Assert.Equal([" \ta\r\n"], await ReadAsync(stream));
    }

    [Fact]
    public async Task Once_answered_every_read_and_every_listener_has_it()
    {
        var stream = NewName();
        var listeners = new List<Listener>();
        for (var i = 0; i < 2 * Host.Addresses.Count; i++) listeners.Add(await Api.HearAsync(stream));
        for (var number = 1; number <= 20; number++)
        {
            await PostAsync(stream, $"{number}");
            for (var node = 0; node < Host.Addresses.Count; node++) // each request goes to the next node
                Assert.Equal($"{number}", (await ReadAsync(stream, "limit=1"))[0]);
        }

        foreach (var listener in listeners)
            await listener.HearsAsync([.. Enumerable.Range(1, 20).Select(number => $"{number}")]);
    }

    [Fact]
    public async Task A_text_that_begins_with_malten_is_also_a_command()
    {
        var stream = NewName();
        var listener = await Api.HearAsync(stream);
        await PostAsync(stream, "/malten what was that?", "/maltenx", " /malten no", "/Malten no");
        await listener.HearsAsync("/malten what was that?");
        var command = await listener.NextAsync();
        Assert.Equal("command", command.Type);
        Assert.Equal("what was that?", command.Payload.GetProperty("Prompt").GetString());
        Assert.Equal(stream, command.Stream);
        await listener.HearsAsync("/maltenx", " /malten no", "/Malten no");
    }

    [Fact]
    public async Task A_retry_of_a_command_is_no_second_command()
    {
        var (stream, id) = (NewName(), $"{Guid.NewGuid()}");
        var listener = await Api.HearAsync(stream);
        for (var i = 0; i < 2; i++)
            (await Api.PostAsync("/messages", ("stream", stream), ("message", "/malten x"), ("id", id))).Ok();
        await PostAsync(stream, "end");
        await listener.HearsAsync("/malten x");
        Assert.Equal("command", (await listener.NextAsync()).Type);
        await listener.HearsAsync("end");
    }
}
