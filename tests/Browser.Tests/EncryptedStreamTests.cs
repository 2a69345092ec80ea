using System.Text;
using Malten.Browser.Tests.Reference;

namespace Malten.Browser.Tests;

/// <summary>Streams whose key the server never sees.</summary>
public sealed class EncryptedStreamTests(Chromium chromium) : PageTest(chromium)
{
    [Fact]
    public async Task Two_people_with_the_link_talk_and_the_server_learns_nothing()
    {
        var ann = await OpenAsync("");
        var link = await BeginAsync(ann, "family matters");
        await NameAsync(ann, "Ann Secretive");
        await SayAsync(ann, "supper at eight");
        var bob = await OpenAsync(link, name: "Bob Secretive");
        await Expect(Texts(bob)).ToHaveTextAsync(["supper at eight"]);
        await Expect(bob.Locator(".message .name")).ToHaveTextAsync("Ann Secretive");
        await Expect(bob.Locator("#title-text")).ToHaveTextAsync("family matters");
        await SayAsync(bob, "I will be there");
        await Expect(Texts(ann)).ToHaveTextAsync(["supper at eight", "I will be there"]);
        await ann.ReloadAsync();
        await Expect(Texts(ann)).ToHaveTextAsync(["supper at eight", "I will be there"]);

        var key = link[(link.IndexOf(',', StringComparison.Ordinal) + 1)..];
        Assert.Equal(43, key.Length);
        var bytes = Enc1.FromBase64Url(key);
        var secrets = new[]
        {
            key, key[..12], Convert.ToHexString(bytes), Convert.ToBase64String(bytes), "family", "supper", "I will be there",
            "Secretive", Convert.ToBase64String(Encoding.UTF8.GetBytes("supper at eight"))[..16],
        };
        Assert.True(Node.Received.Count > 10);
        Assert.Contains(Node.Received, request => request.Contains("\"message\":\"enc1.", StringComparison.Ordinal));
        foreach (var request in Node.Received)
            foreach (var secret in secrets)
                Assert.DoesNotContain(secret, request, StringComparison.OrdinalIgnoreCase);
        var stream = Enc1.StreamName(bytes);
        var held = (await Node.GetAsync($"messages?stream={stream}")).AsArray();
        Assert.Equal(2, held.Count);
        Assert.Equal(("Ann Secretive", "supper at eight"), Enc1.Open(bytes, held[0]!["Text"]!.GetValue<string>()));
    }

    [Fact]
    public async Task A_client_written_for_it_elsewhere_is_understood()
    {
        var key = Enc1.FromBase64Url("4YlvabpMmtDP_6Y336846bYY5TjcYrbvKijeuOCDzMo");
        await Node.PostAsync(Enc1.StreamName(key), Enc1.Seal(key, "dot net", "written in C#"));
        var page = await OpenAsync("#any,4YlvabpMmtDP_6Y336846bYY5TjcYrbvKijeuOCDzMo");
        await Expect(Texts(page)).ToHaveTextAsync(["written in C#"]);
        await Expect(page.Locator(".message .name")).ToHaveTextAsync("dot net");
    }

    [Fact]
    public async Task The_longest_text_costs_nothing_and_sizes_say_little()
    {
        var page = await OpenAsync("", name: "ann");
        var key = Key(await BeginAsync(page, ""));
        var longest = string.Concat(Enumerable.Repeat("🌞", 1024));
        await SayAsync(page, longest);
        await SayAsync(page, "y");
        await SayAsync(page, new string('y', 120));
        await SayAsync(page, new string('z', 124));
        var held = (await Node.GetAsync($"messages?stream={Enc1.StreamName(key)}")).AsArray();
        var lengths = held.Select(message => message!["Text"]!.GetValue<string>().Length).ToArray();
        Assert.Equal(5504, lengths[0]);
        Assert.Equal(lengths[1], lengths[2]);
        Assert.Equal(lengths[1], lengths[3]);
        Assert.Equal(("", longest), Enc1.Open(key, held[0]!["Text"]!.GetValue<string>()));
    }

    [Fact]
    public async Task Every_message_has_a_fresh_iv()
    {
        var page = await OpenAsync("");
        var key = Key(await BeginAsync(page, ""));
        for (var i = 0; i < 5; i++)
        {
            await page.FillAsync("#box", "the same");
            await page.PressAsync("#box", "Enter");
        }

        await Expect(Texts(page)).ToHaveCountAsync(5);
        var held = (await Node.GetAsync($"messages?stream={Enc1.StreamName(key)}")).AsArray();
        Assert.Equal(5, held.Select(message => message!["Text"]!.GetValue<string>()[5..21]).Distinct().Count());
    }

    [Fact]
    public async Task What_does_not_decrypt_was_copied_or_is_in_clear_is_shown_as_such()
    {
        var page = await OpenAsync("");
        var key = Key(await BeginAsync(page, ""));
        var stream = Enc1.StreamName(key);
        await SayAsync(page, "genuine");
        var genuine = (await Node.GetAsync($"messages?stream={stream}"))[0]!["Text"]!.GetValue<string>();
        var changed = genuine[..^3] + (genuine[^3] == 'A' ? 'B' : 'A') + genuine[^2..];
        await Node.PostAsync(stream, changed);
        await Expect(page.Locator(".message.broken .text")).ToContainTextAsync(["does not decrypt"]);
        await Node.PostAsync(stream, genuine);
        await Expect(page.Locator(".message.broken .text")).ToContainTextAsync(["does not decrypt", "A copy of an earlier message"]);
        await Node.PostAsync(stream, Enc1.Seal(new byte[32], "x", "another stream's", stream));
        await Expect(page.Locator(".message.broken")).ToHaveCountAsync(3);
        await Node.PostAsync(stream, "enc1.AAAA");
        await Expect(page.Locator(".message.broken")).ToHaveCountAsync(4);
        await Node.PostAsync(stream, "in plain sight", "ann");
        await Expect(page.Locator(".message.clear .badge")).ToHaveTextAsync("not encrypted");
        await Expect(Texts(page).GetByText("genuine", new() { Exact = true })).ToHaveCountAsync(1);
    }

    [Fact]
    public async Task Someone_with_another_key_or_none_reads_nothing()
    {
        var page = await OpenAsync("");
        var key = Key(await BeginAsync(page, ""));
        await SayAsync(page, "for friends");
        var stranger = await OpenAsync("#" + Enc1.StreamName(key));
        await Expect(Texts(stranger)).ToContainTextAsync(["An encrypted message"]);
        await Expect(stranger.Locator("body")).Not.ToContainTextAsync("for friends");
    }

    [Theory]
    [InlineData("#label,4YlvabpMmtDP_6Y336846bYY5TjcYrbvKijeuOCDzM")]
    [InlineData("#label,4YlvabpMmtDP_6Y336846bYY5TjcYrbvKijeuOCDzMoA")]
    [InlineData("#label,4YlvabpMmtDP_6Y336846bYY5TjcYrbvKijeuOCDzM*")]
    [InlineData("#label%2C4YlvabpMmtDP_6Y336846bYY5TjcYrbvKijeuOC")]
    [InlineData("#label,")]
    public async Task A_damaged_link_is_not_opened_as_a_plain_stream(string fragment)
    {
        var page = await OpenAsync(fragment);
        await Expect(page.Locator("#start .card")).ToContainTextAsync("incomplete or damaged");
        await Expect(page.Locator("#box")).ToBeDisabledAsync();
        Assert.All(Node.Received, request => Assert.DoesNotContain("4Ylv", request, StringComparison.Ordinal));
        Assert.All(Node.Received, request => Assert.DoesNotContain("stream=", request, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_link_whose_comma_was_escaped_on_its_way_is_the_same_link()
    {
        var page = await OpenAsync("#label%2C4YlvabpMmtDP_6Y336846bYY5TjcYrbvKijeuOCDzMo");
        await Expect(page.Locator("html")).ToHaveAttributeAsync("data-kind", "encrypted");
        await SayAsync(page, "still sealed");
        Assert.All(Node.Received, request => Assert.DoesNotContain("4Ylv", request, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Keys_are_in_no_storage_of_the_browser()
    {
        var page = await OpenAsync("");
        var link = await BeginAsync(page, "label");
        await SayAsync(page, "x");
        var stored = await page.EvaluateAsync<string>("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])");
        Assert.DoesNotContain(link.Split(',')[1], stored, StringComparison.Ordinal);
        Assert.Equal(0, await page.EvaluateAsync<int>("indexedDB.databases().then(all => all.length)"));
        Assert.Equal(0, await page.EvaluateAsync<int>("caches.keys().then(all => all.length)"));
    }

    private static async Task<string> BeginAsync(IPage page, string label)
    {
        await page.ClickAsync("[data-does=encrypt]");
        await page.FillAsync("#create-name", label);
        await page.ClickAsync("#create-submit");
        await Expect(page.Locator("html")).ToHaveAttributeAsync("data-kind", "encrypted");
        await ListensAsync(page);
        return new Uri(page.Url).Fragment;
    }

    private static byte[] Key(string fragment) => Enc1.FromBase64Url(fragment.Split(',')[1]);
}
