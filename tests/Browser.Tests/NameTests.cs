using Malten.Browser.Tests.Reference;

namespace Malten.Browser.Tests;

/// <summary>A name is shown as somebody's only where that person signed it, and without what nobody can see.</summary>
public sealed class NameTests(Chromium chromium) : HostileStreamTest(chromium)
{
    [Fact]
    public async Task What_the_server_adds_to_a_sealed_message_is_not_shown_as_its_authors()
    {
        using var ann = new Enc2Author(Stream, "ann");
        Server.Tamper = (_, message) =>
        {
            (message["ReplyTo"], message["User"]) = (Guid.NewGuid().ToString(), "malten");
            return [message];
        };
        await PostAsync(ann, "not a machine");
        var page = await ReadAsync(Reader.First);
        await Expect(page.Locator(".message .name")).ToHaveTextAsync("ann");
        await Expect(page.Locator(".badge, .answer")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Names_that_the_server_makes_up_are_not_shown_as_being_here_or_typing()
    {
        using var ann = new Enc2Author(Stream, "ann");
        const string typing = """{"Name":"presence","Observers":7,"Users":[{"User":"eve","Status":"typing"}]}""";
        Server.Preface = $$"""{"Type":"event","Created":1795219513081506816,"Payload":{{typing}}}""";
        var page = await ReadAsync(Reader.First);
        await ListensAsync(page);
        await PostAsync(ann, "hello");
        await Expect(page.Locator("#people-count")).ToHaveTextAsync("7");
        await Expect(page.Locator("#activity")).ToBeEmptyAsync();
        await page.ClickAsync("#people-button");
        await Expect(page.Locator("#people-list li")).ToHaveCountAsync(0);
    }

    [Theory]
    [InlineData("\u202Ean\u200Bn\u2066\uFEFF", "ann")]
    [InlineData("a\u200Dn\u00ADn\u3164\u2800", "ann")]
    [InlineData("\u200F\u2060", "someone")]
    [InlineData("a\u0335\u0336\u0337\u0338\u0339\u033A\u033B", "a\u0335\u0336\u0337\u0338")]
    [InlineData("می\u200Cخواهم", "می\u200Cخواهم")]
    [InlineData("क्\u200Dष", "क्\u200Dष")]
    [InlineData("👩🏽\u200D🚀❤\uFE0F\u200D🔥", "👩🏽\u200D🚀❤\uFE0F\u200D🔥")]
    public async Task Of_a_name_only_what_can_be_seen_is_shown(string name, string shown)
    {
        using var ann = new Enc2Author(Stream, name);
        await PostAsync(ann, "hello");
        var page = await ReadAsync(Reader.First);
        await Expect(Texts(page)).ToHaveCountAsync(1);
        Assert.Equal(shown, await page.Locator(".message .name").TextContentAsync());
    }

    [Theory]
    [InlineData("Alice", "АІісе")] // Cyrillic, and a capital I
    [InlineData("NINA", "ΝΙΝΑ")] // Greek
    [InlineData("houng", "հօսոց")] // Armenian
    [InlineData("cool", "ᴄᴏᴏ1")] // Latin small capitals, and a digit
    [InlineData("Eve", "Ｅｖｅ\u200B")]
    [InlineData("Ann", "Ann\u3164")]
    [InlineData("???", "???")]
    public async Task A_name_that_looks_like_anothers_is_marked_on_both(string name, string other)
    {
        using var ann = new Enc2Author(Stream, name);
        using var eve = new Enc2Author(Stream, other);
        await PostAsync(ann, "genuine");
        await PostAsync(eve, "forged");
        var page = await ReadAsync(Reader.First);
        await Expect(page.Locator(".badge.found")).ToHaveTextAsync(["key 1 of 2 with such a name", "key 2 of 2 with such a name"]);
    }

    [Fact]
    public async Task A_name_that_another_key_had_before_the_reader_left_and_the_stream_expired_is_marked()
    {
        using var ann = new Enc2Author(Stream, "Ann");
        using var eve = new Enc2Author(Stream, "Ann");
        await PostAsync(ann, "genuine");
        var page = await ReadAsync(Reader.First);
        await Expect(Texts(page)).ToHaveTextAsync(["genuine"]);
        await page.EvaluateAsync("location.hash = '#elsewhere'");
        await Expect(page.Locator("#title-text")).ToHaveTextAsync("elsewhere");
        await ListensAsync(page);
        Server.Tamper = (_, message) => Of(message).Content.Author == ann.Id ? [] : [message];
        await PostAsync(eve, "forged");
        await page.EvaluateAsync("history.back()");
        await Expect(Texts(page)).ToHaveTextAsync(["forged"]);
        await Expect(page.Locator(".badge.found")).ToHaveTextAsync("key 2 of 2 with such a name");
    }

    [Fact]
    public async Task The_dialog_says_which_name_the_server_knows()
    {
        var page = await ReadAsync(Reader.First, name: "bob");
        await page.ClickAsync("#name-button");
        await Expect(page.Locator("#name-input")).ToHaveValueAsync("bob");
        await Expect(page.Locator("#name-note")).ToContainTextAsync("In plain streams you are “bob”, which the server sees");
        await page.FillAsync("#name-input", "ro\u200Bbert\u202E");
        await page.PressAsync("#name-input", "Enter");
        await Expect(page.Locator("#name-button")).ToHaveTextAsync("You are robert");
    }
}
