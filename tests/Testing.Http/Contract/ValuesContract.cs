using System.Net;

namespace Malten.Testing.Contract;

/// <summary>API.md, "Values".</summary>
public abstract class ValuesContract<THost> : ContractTests<THost> where THost : IContractHost<THost>
{
    private const string Astral = "𝄞";

    [Fact]
    public async Task Timestamps_increase_in_steps_that_a_JavaScript_number_holds()
    {
        var stream = NewName();
        var batches = await Task.WhenAll(Enumerable.Range(0, 8).Select(poster => PostManyAsync(stream, 25, poster * 100)));
        var page = (await Api.GetAsync($"/messages?stream={stream}&limit=1024")).Ok().EnumerateArray()
            .Select(message => message.GetProperty("Created").GetInt64()).ToArray();
        Assert.Equal(200, page.Length);
        Assert.Equal(page.Distinct().Order(), page);
        Assert.Equal(batches.SelectMany(one => one).Order(), page);
        Assert.All(page, timestamp =>
        {
            Assert.Equal(0, timestamp % 1024);
            Assert.Equal(timestamp, (long)(double)timestamp);
            Assert.InRange(
                DateTimeOffset.FromUnixTimeMilliseconds(timestamp / 1_000_000), new(2025, 1, 1, 0, 0, 0, default), new(2262, 1, 1, 0, 0, 0, default));
        });
    }

    [Fact]
    public async Task A_timestamp_is_the_present_moment_in_nanoseconds()
    {
        var now = (Host.Time ?? TimeProvider.System).GetUtcNow().ToUnixTimeMilliseconds() * 1_000_000;
        Assert.InRange((await PostAsync(NewName(), "a"))[0], now - 10_000_000_000, now + 10_000_000_000);
    }

    [Theory]
    [InlineData("a")]
    [InlineData("Åse")]
    [InlineData("two words")]
    [InlineData(". .. & = + % ; \" < > \\ '")]
    [InlineData("日本語")]
    [InlineData("\U0001F600")]
    [InlineData("\u200b")] // not white space, nor a control character
    public async Task A_stream_name_may_be(string name)
    {
        name = NewName() + name;
        await PostAsync(name, "x");
        Assert.Equal(["x"], await ReadAsync(name));
        Assert.Equal(name, (await Api.HearAsync(name)).Opened.Payload.GetProperty("Streams")[0].GetString());
    }

    [Theory]
    [InlineData(" a")]
    [InlineData("a ")]
    [InlineData("\u00a0a")]
    [InlineData("a\u3000")]
    [InlineData("a/b")]
    [InlineData("a?b")]
    [InlineData("a#b")]
    [InlineData("a\0b")]
    [InlineData("a\nb")]
    [InlineData("a\u007fb")]
    [InlineData("a\u0085b")]
    [InlineData("A\u030a")] // Å, not composed: NFD
    [InlineData("\u212b")] // the sign for Ångström, which NFC makes Å
    public async Task A_stream_name_may_not_be(string name)
    {
        Refused(await Api.PostAsync("/messages", ("stream", name), ("message", "x")), HttpStatusCode.BadRequest, "stream");
        Refused(await Api.PostAsync("/streams", ("stream", name)), HttpStatusCode.BadRequest, "stream");
        Refused(await Api.PostAsync("/commands", ("stream", name), ("prompt", "x")), HttpStatusCode.BadRequest, "stream");
        foreach (var path in new[] { "/messages", "/events", "/presence" })
            Refused(await Api.GetAsync($"{path}?stream={Uri.EscapeDataString(name)}"), HttpStatusCode.BadRequest, "stream");
    }

    [Theory]
    [InlineData("a")]
    [InlineData("å")]
    [InlineData(Astral)]
    public async Task A_stream_name_has_1_to_128_characters(string character)
    {
        var name = NewName();
        name += string.Concat(Enumerable.Repeat(character, 128 - name.Length));
        await PostAsync(name, "x");
        Assert.Equal(["x"], await ReadAsync(name));
        Refused(await Api.PostAsync("/messages", ("stream", name + character), ("message", "x")), HttpStatusCode.BadRequest, "stream");
    }

    [Fact]
    public async Task Case_matters_in_stream_names()
    {
        var name = NewName();
        await PostAsync(name + "a", "small");
        await PostAsync(name + "A", "large");
        Assert.Equal(["small"], await ReadAsync(name + "a"));
    }

    [Fact]
    public async Task Without_stream_the_name_is_underscore()
    {
        var listener = await Api.ListenAsync("");
        Assert.Equal("_", listener.Opened.Payload.GetProperty("Streams")[0].GetString());
        var text = NewName();
        var posted = (await Api.PostAsync("/messages", ("message", text))).Ok();
        Assert.Equal("_", posted.GetProperty("Stream").GetString());
        await listener.HearsAsync(text);
        Assert.Equal(text, Texts((await Api.GetAsync("/messages")).Ok())[^1]);
        Assert.Equal(text, (await ReadAsync("_"))[^1]);
        Assert.Equal("_", (await Api.PostAsync("/commands", ("prompt", "x"))).Ok().GetProperty("Payload").GetProperty("Stream").GetString());
        Assert.Equal(1, (await Api.GetAsync("/presence")).Ok().GetProperty("Observers").GetInt32());
    }

    [Theory]
    [InlineData("a")]
    [InlineData("å")]
    [InlineData(Astral)]
    [InlineData("\n")]
    public async Task A_message_has_at_most_1024_characters(string character)
    {
        var stream = NewName();
        var longest = "b" + string.Concat(Enumerable.Repeat(character, 1023));
        var listener = await Api.HearAsync(stream);
        await PostAsync(stream, longest);
        await listener.HearsAsync(longest);
        Assert.Equal([longest], await ReadAsync(stream));
        Refused(await Api.PostAsync("/messages", ("stream", stream), ("message", longest + character)), HttpStatusCode.BadRequest, "message");
        Assert.Single(await ReadAsync(stream)); // an error, not a cut
    }

    [Fact]
    public async Task A_combining_mark_is_a_character()
    {
        var stream = NewName();
        var text = string.Concat(Enumerable.Repeat("A\u030a", 512));
        await PostAsync(stream, text);
        Assert.Equal([text], await ReadAsync(stream)); // texts are kept as they are: NFC is asked of names
        Refused(await Api.PostAsync("/messages", ("stream", stream), ("message", text + "A")), HttpStatusCode.BadRequest, "message");
    }

    [Theory]
    [InlineData("\\ud834")]
    [InlineData("\\udd1e")]
    [InlineData("\\udd1e\\ud834")]
    public async Task Half_a_surrogate_pair_is_no_character(string halves)
    {
        var stream = NewName();
        var half = await Api.PostJsonAsync("/messages", $$"""{"stream":"{{stream}}","message":"a{{halves}}b"}""");
        Refused(half, HttpStatusCode.BadRequest);
        Refused(await Api.PostJsonAsync("/messages", $$"""{"stream":"{{halves}}","message":"a"}"""), HttpStatusCode.BadRequest);
        (await Api.PostJsonAsync("/messages", $$"""{"stream":"{{stream}}","message":"a\ud834\udd1eb"}""")).Ok();
        Assert.Equal(["a𝄞b"], await ReadAsync(stream));
    }

    [Theory]
    [InlineData("u", 32)]
    [InlineData(Astral, 32)]
    public async Task A_user_has_1_to_32_characters(string character, int most)
    {
        var user = string.Concat(Enumerable.Repeat(character, most));
        var posted = await Api.PostAsync("/messages", ("stream", NewName()), ("message", "a"), ("user", user));
        Assert.Equal(user, posted.Ok().GetProperty("User").GetString());
        Refused(await Api.PostAsync("/messages", ("message", "a"), ("user", user + character)), HttpStatusCode.BadRequest, "user");
        Refused(await Api.GetAsync($"/events?user={Uri.EscapeDataString(user + character)}"), HttpStatusCode.BadRequest, "user");
    }

    [Fact]
    public async Task A_prompt_has_1_to_1024_characters()
    {
        var prompt = string.Concat(Enumerable.Repeat(Astral, 1024));
        (await Api.PostAsync("/commands", ("stream", NewName()), ("prompt", prompt))).Ok();
        Refused(await Api.PostAsync("/commands", ("prompt", prompt + "a")), HttpStatusCode.BadRequest, "prompt");
    }

    [Fact]
    public async Task Encrypted_text_may_have_6144_characters()
    {
        var stream = NewName();
        var longest = "enc2." + string.Concat(Enumerable.Repeat("AZaz09-_", 767)) + "abc";
        Assert.Equal(6144, longest.Length);
        await PostAsync(stream, longest, "enc2.ab");
        Assert.Equal([longest, "enc2.ab"], await ReadAsync(stream));
        Refused(await Api.PostAsync("/messages", ("stream", stream), ("message", longest + "a")), HttpStatusCode.BadRequest, "message");
        Assert.Equal(2, (await ReadAsync(stream)).Length);
    }

    [Theory]
    [InlineData("enc2.")]
    [InlineData("enc2.a")] // four characters hold three bytes; one alone holds none
    [InlineData("enc2.abcde")]
    [InlineData("enc2.ab=")]
    [InlineData("enc2.ab==")]
    [InlineData("enc2.ab+c")]
    [InlineData("enc2.ab/c")]
    [InlineData("enc2.ab c")]
    [InlineData("enc2.abc.")]
    [InlineData("enc2.abå")]
    [InlineData("enc2.ab\n")]
    public async Task Encrypted_text_is_base64url(string text)
    {
        Refused(await Api.PostAsync("/messages", ("stream", NewName()), ("message", text)), HttpStatusCode.BadRequest, "message");
        Refused(await Api.PostAsync("/messages", ("stream", NewName()), ("text", text)), HttpStatusCode.BadRequest, "text");
    }

    [Theory]
    [InlineData("enc2")]
    [InlineData("ENC2.a b")]
    [InlineData(" enc2.a")]
    [InlineData("enc1.a b")]
    public async Task Only_what_begins_with_enc2_is_encrypted(string text)
    {
        var stream = NewName();
        await PostAsync(stream, text);
        Assert.Equal([text], await ReadAsync(stream));
        Refused(await Api.PostAsync("/messages", ("message", text + new string('a', 1024))), HttpStatusCode.BadRequest, "message");
    }
}
