using System.Text.Json.Nodes;
using Malten.Browser.Tests.Reference;

namespace Malten.Browser.Tests;

/// <summary>What a hostile server sends that is not what it should be is told, and hides nothing of what comes with it.</summary>
public sealed class ReceivedTests(Chromium chromium) : HostileStreamTest(chromium)
{
    private const string Told = "The server sent something that can’t be read. It is not shown.";

    [Theory]
    [InlineData("Created", "\"now\"")]
    [InlineData("Created", "null")]
    [InlineData("Created", "1e30")]
    [InlineData("Created", "-1024")]
    [InlineData("Created", "1000.5")]
    [InlineData("Id", "\"line-0\"")]
    [InlineData("Id", "7")]
    [InlineData("Text", "{}")]
    [InlineData("Text", "null")]
    [InlineData("User", "[1]")]
    [InlineData("ReplyTo", "true")]
    public async Task A_message_with_a_wrong_field_is_told_and_what_it_hides_is_found(string field, string value)
    {
        using var ann = new Enc2Author(Stream, "ann");
        var isSpoilt = true;
        Server.Tamper = (_, message) =>
        {
            if (isSpoilt && Of(message).Content.Text is "two" or "four") message[field] = JsonNode.Parse(value);
            return [message];
        };
        foreach (var text in (string[])["one", "two", "three"]) await PostAsync(ann, text);
        var page = await ReadAsync(Reader.First);
        await IsToldAsync(["one", "three"], 1);
        await ListensAsync(page);
        foreach (var text in (string[])["four", "five"]) await PostAsync(ann, text);
        await IsToldAsync(["one", "three", "five"], 2);

        async Task IsToldAsync(string[] texts, int count)
        {
            await Expect(Texts(page)).ToHaveTextAsync(texts);
            await Expect(page.Locator(".line.danger")).ToHaveTextAsync(Enumerable.Repeat(Told, count));
            await Expect(page.Locator(".note")).ToHaveTextAsync(Enumerable.Repeat("A message of this author before this one did not arrive.", count));
        }
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"Type":"message","Payload":null}""")]
    [InlineData("""{"Type":"event","Created":"soon","Payload":{"Name":"open","Session":"x"}}""")]
    [InlineData("""{"Type":"event","Created":1795219513081506816,"Payload":{}}""")]
    [InlineData("""{"Type":"event","Created":1795219513081506816,"Payload":{"Name":"presence","Observers":2,"Users":[{"User":5}]}}""")]
    public async Task An_event_that_is_none_is_told_and_what_follows_is_shown(string data)
    {
        using var ann = new Enc2Author(Stream, "ann");
        Server.Preface = data;
        var page = await ReadAsync(Reader.First);
        await ListensAsync(page);
        await PostAsync(ann, "still here");
        await Expect(Texts(page)).ToHaveTextAsync(["still here"]);
        await Expect(page.Locator(".line.danger")).ToHaveTextAsync(Told);
        await Expect(page.Locator("time")).ToHaveTextAsync("now");
    }

    [Fact]
    public async Task A_page_that_is_none_is_told()
    {
        var page = await OpenAsync("#list");
        await page.RouteAsync("**/messages?*", route => route.FulfillAsync(new() { ContentType = "application/json", Body = "{}" }));
        await page.EvaluateAsync("location.hash = 'other'");
        await Expect(page.Locator("#status")).ToHaveTextAsync("The server’s answer can’t be read.");
    }

    [Fact]
    public async Task A_message_twice_in_one_page_is_shown_once()
    {
        using var ann = new Enc2Author(Stream, "ann");
        Server.Tamper = (_, message) => [message, HostileServer.Redate(message, 1000)];
        await PostAsync(ann, "pay once");
        await PostAsync(ann, "thank you");
        var page = await ReadAsync(Reader.First);
        await Expect(Texts(page)).ToHaveTextAsync(["pay once", "thank you"]);
    }

    [Fact]
    public async Task A_gap_before_the_first_message_is_told()
    {
        using var ann = new Enc2Author(Stream, "ann");
        Server.Preface = """{"Type":"event","Created":1795219513081506816,"Payload":{"Name":"gap"}}""";
        var page = await ReadAsync(Reader.First);
        await ListensAsync(page);
        await PostAsync(ann, "after it");
        await Expect(page.Locator(".line.gap")).ToContainTextAsync("Some messages are missing here");
        await Expect(page.Locator(".line.gap + .message .text")).ToHaveTextAsync("after it");
    }
}
