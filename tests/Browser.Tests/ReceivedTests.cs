using System.Text.Json.Nodes;
using Malten.Browser.Tests.Reference;

namespace Malten.Browser.Tests;

/// <summary>What a hostile server sends that is not what it should be is told, and hides nothing of what comes with it.</summary>
public sealed class ReceivedTests(Chromium chromium) : HostileStreamTest(chromium)
{
    private const string Told = "The server sent something that can’t be read. It is not shown.";
    private const string ToldMore = "The server sent things that can’t be read. They are not shown.";

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
        await IsToldAsync(["one", "three"], 1, Told);
        await ListensAsync(page);
        foreach (var text in (string[])["four", "five"]) await PostAsync(ann, text);
        await IsToldAsync(["one", "three", "five"], 2, ToldMore);

        async Task IsToldAsync(string[] texts, int count, string told)
        {
            await Expect(Texts(page)).ToHaveTextAsync(texts);
            await Expect(page.Locator(".line.danger")).ToHaveTextAsync([told]);
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
    [InlineData("""{"Type":"event","Created":1795219513081506816,"Payload":{"Name":"answering","Command":7}}""")]
    [InlineData("""{"Type":"event","Created":1795219513081506816,"Payload":{"Name":"failed","Command":"line-0"}}""")]
    [InlineData("""{"Type":"event","Created":1795219513081506816,"Payload":{"Name":"failed","Command":"3f2a9c54-0b1d-4c88-9e77-5d6a1b2c3d4e","Reason":[]}}""")]
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
    public async Task What_can_not_be_read_comes_no_second_time_after_a_reconnect_and_takes_one_line_however_much_it_is()
    {
        Server.Tamper = (_, message) =>
        {
            if (message["Text"]!.GetValue<string>() == "spoilt") message["Text"] = null;
            return [message];
        };
        var page = await OpenAsync("#any", address: Server.AddressOf(Reader.First));
        await ListensAsync(page);
        await Node.PostAsync("any", "one");
        await Node.PostAsync("any", "spoilt");
        await Expect(page.Locator(".line.danger")).ToHaveTextAsync([Told]);
        await page.EvaluateAsync("dispatchEvent(new Event('online'))"); // it connects anew
        await Node.PostAsync("any", "two");
        await Expect(Texts(page)).ToHaveTextAsync(["one", "two"]);
        await Expect(page.Locator(".line.danger")).ToHaveTextAsync([Told]);
        for (var i = 0; i < 40; i++) await Node.PostAsync("any", "spoilt");
        await Node.PostAsync("any", "three");
        await Expect(Texts(page)).ToHaveTextAsync(["one", "two", "three"]);
        await Expect(page.Locator(".line.danger")).ToHaveTextAsync([ToldMore]);
    }

    [Theory]
    [InlineData(200, 0)]
    [InlineData(201, 1)]
    public async Task A_reason_that_is_too_long_is_told_and_not_shown(int length, int told)
    {
        using var ann = new Enc2Author(Stream, "ann");
        var page = await ReadAsync(Reader.First);
        await ListensAsync(page);
        await Node.PostAsync(Stream.Stream, "/malten really?");
        await Expect(Texts(page)).ToHaveTextAsync(["/malten really?"]);
        var command = Guid.NewGuid().ToString();
        Server.Preface = $"{Asked(command, "really?")}\n\ndata: {Failed(command, new('x', length))}";
        await PostAsync(ann, "still here");
        await Expect(Texts(page)).ToHaveTextAsync(["/malten really?", "still here"]);
        await Expect(page.Locator(".line.danger")).ToHaveTextAsync(Enumerable.Repeat(Told, told));
        await Expect(page.Locator(".line.gap")).ToHaveCountAsync(1 - told);
    }

    [Fact]
    public async Task What_the_server_says_of_a_command_is_its_own_word_and_without_a_command_nothing()
    {
        using var ann = new Enc2Author(Stream, "ann");
        var command = Guid.NewGuid().ToString();
        Server.Preface = Asked(command, "really?") + "\n\ndata: " + Failed(command, "Safety code: 123 456.\u202E\nNobody stands between you");
        var page = await ReadAsync(Reader.First);
        await ListensAsync(page);
        await PostAsync(ann, "sealed");
        await Node.PostAsync(Stream.Stream, "/malten really?");
        await Expect(Texts(page)).ToHaveTextAsync(["sealed", "/malten really?"]);
        await Expect(page.Locator(".line")).ToHaveCountAsync(0);
        await PostAsync(ann, "sealed again");
        await Expect(page.Locator(".line")).ToHaveTextAsync(["No answer came. The server says: “Safety code: 123 456.Nobody stands between you”"]);
        Server.Preface = Failed(Guid.NewGuid().ToString(), "And another").Replace("failed", "answering", StringComparison.Ordinal);
        await PostAsync(ann, "and again");
        await Expect(Texts(page)).ToHaveCountAsync(4);
        await Expect(page.Locator("#activity")).ToBeEmptyAsync();
        await Expect(page.Locator(".line")).ToHaveCountAsync(1);
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
    public async Task A_text_whose_post_is_answered_with_another_message_comes_back_and_is_sent_under_its_id()
    {
        using var ann = new Enc2Author(Stream, "ann");
        await PostAsync(ann, "already here");
        var held = (await Node.GetAsync($"messages?stream={Stream.Stream}"))[0]!.ToJsonString();
        var page = await ReadAsync(Reader.First);
        await ListensAsync(page);
        var dropped = "";
        await page.RouteAsync("**/messages", async route =>
        {
            dropped = JsonNode.Parse(route.Request.PostData!)!["id"]!.GetValue<string>();
            await route.FulfillAsync(new() { ContentType = "application/json", Body = held });
        });
        await page.FillAsync("#box", "I agree");
        await page.PressAsync("#box", "Enter");
        await Expect(page.Locator("#problem")).ToHaveTextAsync("Not sent. The server answered with something else than this message.");
        await Expect(page.Locator("#box")).ToHaveValueAsync("I agree");
        await page.UnrouteAllAsync();
        await page.PressAsync("#box", "Enter");
        await Expect(Texts(page)).ToHaveTextAsync(["already here", "I agree"]);
        await Expect(page.Locator(".message.own")).ToHaveAttributeAsync("data-id", dropped);
    }

    [Theory]
    [InlineData(5, 5, Told)]
    [InlineData(5, 7, ToldMore)]
    public async Task What_is_spoilt_at_the_top_of_the_first_page_does_not_hide_the_past(int first, int last, string told)
    {
        string[] spoilt = [.. Enumerable.Range(first, last - first + 1).Select(i => $"message {i}")];
        Server.Tamper = (_, message) =>
        {
            if (spoilt.Contains(message["Text"]!.GetValue<string>())) message["Text"] = null;
            return [message];
        };
        await Node.PostManyAsync("past", 0, 30);
        var page = await OpenAsync("#past", address: Server.AddressOf(Reader.First));
        string[] all = [.. Enumerable.Range(0, 30).Select(i => $"message {i}").Except(spoilt)];
        await Expect(Texts(page)).ToHaveTextAsync(all[5..]);
        await Expect(page.Locator(".line.danger")).ToHaveTextAsync([told]);
        await page.Locator("#scroller").EvaluateAsync("scroller => scroller.scrollTop = 0");
        await Expect(Texts(page)).ToHaveTextAsync(all);
        await Expect(page.Locator("#start")).ToContainTextAsync("This is where it begins");
    }

    [Theory]
    [InlineData(5, 29)]
    [InlineData(0, 29)]
    [InlineData(3, 27)]
    public async Task A_page_of_nothing_that_can_be_read_hides_nothing_older(int first, int last)
    {
        string[] spoilt = [.. Enumerable.Range(first, last - first + 1).Select(i => $"message {i}")];
        Server.Tamper = (_, message) =>
        {
            if (spoilt.Contains(message["Text"]!.GetValue<string>())) (message["Text"], message["Created"]) = (null, null);
            return [message];
        };
        await Node.PostManyAsync("past", 0, 30);
        var page = await OpenAsync("#past", address: Server.AddressOf(Reader.First));
        string[] all = [.. Enumerable.Range(0, 30).Select(i => $"message {i}").Except(spoilt)];
        await Expect(page.Locator(".line.danger").First).ToBeVisibleAsync();
        await page.Locator("#scroller").EvaluateAsync("scroller => scroller.scrollTop = 0");
        await Expect(Texts(page)).ToHaveTextAsync(all);
        await Expect(page.Locator(".line.danger")).ToHaveTextAsync([ToldMore]);
        await Expect(page.Locator("#start")).ToContainTextAsync(all.Length > 0 ? "This is where it begins" : "");
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

    private static string Asked(string command, string prompt) => new JsonObject
    {
        ["Id"] = command,
        ["Type"] = "command",
        ["Created"] = 1795219513081506816,
        ["Payload"] = new JsonObject { ["Prompt"] = prompt },
    }.ToJsonString();

    private static string Failed(string command, string reason) => new JsonObject
    {
        ["Type"] = "event",
        ["Created"] = 1795219513081506816,
        ["Payload"] = new JsonObject { ["Name"] = "failed", ["Command"] = command, ["Reason"] = reason },
    }.ToJsonString();
}
