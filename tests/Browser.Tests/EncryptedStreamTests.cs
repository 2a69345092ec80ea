using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Malten.Browser.Tests.Reference;

namespace Malten.Browser.Tests;

/// <summary>Streams whose key the server never sees.</summary>
public sealed class EncryptedStreamTests(Chromium chromium) : PageTest(chromium)
{
    [Fact]
    public async Task Two_people_with_the_link_talk_and_the_server_learns_nothing()
    {
        var ann = await OpenAsync("");
        var link = await BeginAsync(ann, "household matters");
        await NameAsync(ann, "Ann Secretive");
        await SayAsync(ann, "breakfast at eight");
        var bob = await OpenAsync(link, name: "Bob Secretive");
        await Expect(Texts(bob)).ToHaveTextAsync(["breakfast at eight"]);
        await Expect(bob.Locator(".message .name")).ToHaveTextAsync("Ann Secretive");
        await Expect(bob.Locator("#title-text")).ToHaveTextAsync("household matters");
        await SayAsync(bob, "I will be there");
        await Expect(Texts(ann)).ToHaveTextAsync(["breakfast at eight", "I will be there"]);
        await ann.ReloadAsync();
        await Expect(Texts(ann)).ToHaveTextAsync(["breakfast at eight", "I will be there"]);

        var key = link.Split('/')[3];
        Assert.Equal(48, key.Length);
        var bytes = Bytes.FromBase64Url(key)[..32];
        var secrets = new[]
        {
            key, key[..12], Convert.ToHexString(bytes), Convert.ToBase64String(bytes), "household", "breakfast", "I will be there",
            "Secretive", Convert.ToBase64String(Encoding.UTF8.GetBytes("breakfast at eight"))[..16],
        };
        Assert.True(Node.Received.Count > 10);
        Assert.Contains(Node.Received, request => request.Contains("\"message\":\"enc2.", StringComparison.Ordinal));
        foreach (var request in Node.Received)
            foreach (var secret in secrets)
                Assert.DoesNotContain(secret, request, StringComparison.OrdinalIgnoreCase);
        var stream = new Enc2(bytes);
        var held = (await Node.GetAsync($"messages?stream={stream.Stream}")).AsArray();
        Assert.Equal(2, held.Count);
        var (first, hash) = Open(stream, held[0]!);
        var (second, _) = Open(stream, held[1]!);
        Assert.Equal(("Ann Secretive", "breakfast at eight", 0L), (first.Name, first.Text, first.Number));
        Assert.Equal([hash], second.Seen); // bob had seen what ann wrote
        Assert.NotEqual(first.Author, second.Author);
    }

    [Fact]
    public async Task A_client_written_for_it_elsewhere_is_understood()
    {
        var stream = new Enc2(RandomNumberGenerator.GetBytes(32));
        using var author = new Enc2Author(stream, "dot net");
        var (id, message, hash) = author.Write("written in C#");
        await Node.PostAsync(stream.Stream, message, id: id);
        var page = await OpenAsync($"#/e/any/{stream.Key}");
        await Expect(Texts(page)).ToHaveTextAsync(["written in C#"]);
        await Expect(page.Locator(".message .name")).ToHaveTextAsync("dot net");
        await SayAsync(page, "read in a browser");
        var held = (await Node.GetAsync($"messages?stream={stream.Stream}")).AsArray();
        Assert.Equal([hash], Open(stream, held[1]!).Content.Seen);
        await Expect(page.Locator(".note, .badge.warn")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task The_longest_text_and_name_cost_nothing_and_sizes_say_little()
    {
        var page = await OpenAsync("", name: string.Concat(Enumerable.Repeat("🐝", 32)));
        var stream = Stream(await BeginAsync(page, ""));
        var longest = string.Concat(Enumerable.Repeat("🌞", 1024));
        foreach (var text in (string[])[longest, "y", new string('y', 80)]) await SayAsync(page, text);
        var held = (await Node.GetAsync($"messages?stream={stream.Stream}")).AsArray();
        var lengths = held.Select(message => message!["Text"]!.GetValue<string>().Length).ToArray();
        Assert.Equal(6144, lengths[0]);
        Assert.Equal(lengths[1], lengths[2]);
        var (content, _) = Open(stream, held[0]!);
        Assert.Equal((32, longest), (content.Name.EnumerateRunes().Count(), content.Text));
    }

    [Fact]
    public async Task The_messages_of_one_tab_are_a_chain_under_one_key_and_a_reload_makes_another()
    {
        var page = await OpenAsync("");
        var stream = Stream(await BeginAsync(page, ""));
        for (var i = 0; i < 3; i++)
        {
            await page.FillAsync("#box", "the same");
            await page.PressAsync("#box", "Enter");
        }

        await Expect(page.Locator(".message.own")).ToHaveCountAsync(3);
        await page.ReloadAsync();
        await Expect(Texts(page)).ToHaveCountAsync(3);
        await Expect(page.Locator(".message.own")).ToHaveCountAsync(0);
        await ListensAsync(page);
        await SayAsync(page, "again");
        var held = (await Node.GetAsync($"messages?stream={stream.Stream}")).AsArray().Select(message => Open(stream, message!)).ToList();
        Assert.Equal([0, 1, 2, 0], held.Select(one => one.Content.Number));
        Assert.Equal(2, held.Select(one => one.Content.Author).Distinct().Count());
        Assert.Equal(held[0].Hash, held[1].Content.Previous);
        Assert.Equal(held[1].Hash, held[2].Content.Previous);
        Assert.Equal([held[2].Hash], held[3].Content.Seen);
        await Expect(page.Locator(".message .note")).ToHaveCountAsync(0);
        await Expect(page.Locator(".message.own")).ToHaveCountAsync(1);
    }

    [Fact]
    public async Task The_colour_is_that_of_the_key_and_not_of_the_name()
    {
        var stream = new Enc2(RandomNumberGenerator.GetBytes(32));
        using var one = new Enc2Author(stream, "ann");
        using var other = new Enc2Author(stream, "bob");
        foreach (var author in (Enc2Author[])[one, other, one])
        {
            var (id, message, _) = author.Write("hello");
            await Node.PostAsync(stream.Stream, message, id: id);
        }

        var page = await OpenAsync($"#/e/any/{stream.Key}");
        await Expect(Texts(page)).ToHaveCountAsync(3);
        var hues = await page.Locator(".message").EvaluateAllAsync<string[]>("all => all.map(one => one.style.getPropertyValue('--hue'))");
        Assert.Equal(hues[0], hues[2]);
        Assert.Equal((await HueAsync(page, one.Id), await HueAsync(page, other.Id)), (hues[0], hues[1]));
    }

    [Fact]
    public async Task What_does_not_decrypt_is_not_signed_or_is_in_clear_is_shown_as_such()
    {
        var page = await OpenAsync("");
        var stream = Stream(await BeginAsync(page, ""));
        using var eve = new Enc2Author(stream, "eve");
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var (id, message, _) = eve.Write("changed on its way");
        await Node.PostAsync(stream.Stream, message[..^3] + (message[^3] == 'A' ? 'B' : 'A') + message[^2..], id: id);
        await Node.PostAsync(stream.Stream, eve.Write("moved to another id").Message, id: Guid.NewGuid().ToString());
        await Node.PostAsync(stream.Stream, "enc2.AAAA");
        await Expect(page.Locator(".line.unreadable")).ToHaveTextAsync("3 messages could not be read: sealed with another key, or changed.");
        var (now, none) = (DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), Bytes.ToBase64Url(new byte[32]));
        var forged = new Enc2Content(eve.Id, 2, 0, now, none, [], "eve", "by another key");
        await Node.PostAsync(stream.Stream, stream.Seal(key, id = Guid.NewGuid().ToString(), forged), id: id);
        await Expect(page.Locator(".line.unreadable").Last).ToHaveTextAsync("A message is not shown: it is not signed by the author named in it.");
        await Expect(page.Locator("#log")).Not.ToContainTextAsync("by another key");
    }

    [Theory]
    [InlineData("ann")]
    [InlineData("malten")]
    public async Task What_is_not_encrypted_says_so_in_every_message_and_to_screen_readers(string user)
    {
        var page = await OpenAsync("");
        var stream = Stream(await BeginAsync(page, ""));
        for (var i = 0; i < 3; i++) await Node.PostAsync(stream.Stream, $"in plain sight {i}", user);
        await Expect(page.Locator(".message.clear")).ToHaveCountAsync(3);
        foreach (var message in await page.Locator(".message.clear").AllAsync())
        {
            await Expect(message.Locator(".badge.warn")).ToBeVisibleAsync();
            await Expect(message.Locator(".note")).ToContainTextAsync("could have written it");
            var said = await message.Locator(".body").AriaSnapshotAsync();
            Assert.Contains("not encrypted", said, StringComparison.Ordinal);
        }

        await Expect(page.Locator(".message.follows")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task A_clear_message_never_follows_on_a_sealed_one_of_the_same_name()
    {
        var page = await OpenAsync("", name: "ann");
        var stream = Stream(await BeginAsync(page, ""));
        await SayAsync(page, "sealed");
        await Node.PostAsync(stream.Stream, "in clear", "ann");
        await Expect(page.Locator(".message.clear .name")).ToBeVisibleAsync();
        await SayAsync(page, "sealed again");
        await Expect(page.Locator(".message.follows")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Someone_with_another_key_or_none_reads_nothing()
    {
        var page = await OpenAsync("");
        var stream = Stream(await BeginAsync(page, ""));
        await SayAsync(page, "for friends");
        var stranger = await OpenAsync("#" + stream.Stream);
        await Expect(Texts(stranger)).ToContainTextAsync(["An encrypted message"]);
        await Expect(stranger.Locator("body")).Not.ToContainTextAsync("for friends");
    }

    [Fact]
    public async Task A_name_chosen_here_is_not_sent_in_clear_when_one_goes_on_to_a_plain_stream()
    {
        var page = await OpenAsync("");
        await BeginAsync(page, "");
        await NameAsync(page, "Ann Secretive");
        await SayAsync(page, "sealed");
        await page.ClickAsync("#home");
        await Expect(page.Locator("#title-text")).ToHaveTextAsync("The open stream");
        await ListensAsync(page);
        await SayAsync(page, "in clear");
        await Expect(page.Locator("#name-button")).ToHaveTextAsync("Choose a name");
        Assert.All(Node.Received, request => Assert.DoesNotContain("Secretive", request, StringComparison.Ordinal));
        var stored = await page.EvaluateAsync<string>("JSON.stringify([{...localStorage}, {...sessionStorage}])");
        Assert.DoesNotContain("Secretive", stored, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keys_are_in_no_storage_of_the_browser()
    {
        var page = await OpenAsync("");
        var link = await BeginAsync(page, "label");
        await SayAsync(page, "x");
        var stored = await page.EvaluateAsync<string>("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])");
        Assert.DoesNotContain(link.Split('/')[3], stored, StringComparison.Ordinal);
        Assert.Equal(0, await page.EvaluateAsync<int>("indexedDB.databases().then(all => all.length)"));
        Assert.Equal(0, await page.EvaluateAsync<int>("caches.keys().then(all => all.length)"));
    }

    internal static async Task<string> BeginAsync(IPage page, string label)
    {
        await page.ClickAsync("[data-does=encrypt]");
        await page.FillAsync("#create-name", label);
        await page.ClickAsync("#create-submit");
        await Expect(page.Locator("html")).ToHaveAttributeAsync("data-kind", "encrypted");
        await ListensAsync(page);
        return new Uri(page.Url).Fragment;
    }

    private static Enc2 Stream(string fragment) => Enc2.FromLink(fragment)!;

    private static (Enc2Content Content, string Hash) Open(Enc2 stream, JsonNode message) =>
        stream.Open(message["Id"]!.GetValue<string>(), message["Text"]!.GetValue<string>());

    private static Task<string> HueAsync(IPage page, string key) => page.EvaluateAsync<string>("""
        async key => {
          const base = document.querySelector('script[type=module]').src.replace('main.js', '');
          return String((await import(base + 'speaker.js')).hueOf(key));
        }
        """, key);
}
