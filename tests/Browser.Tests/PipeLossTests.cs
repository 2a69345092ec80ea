using System.Text.Json.Nodes;
using Malten.Browser.Tests.Reference;

namespace Malten.Browser.Tests;

/// <summary>A network that fails costs a pipe time, and accuses nobody.</summary>
public sealed class PipeLossTests(Chromium chromium) : PageTest(chromium)
{
    [Theory]
    [InlineData(Pipe2.Commit)]
    [InlineData(Pipe2.Hello)]
    [InlineData(Pipe2.Reveal)]
    [InlineData(Pipe2.Accept)]
    [InlineData(Pipe2.Message)] // the joiner's first, without which the inviter knows of no connection
    public async Task A_handshake_waits_for_the_network_as_long_as_it_takes_also_if_one_looks_elsewhere_meanwhile(byte type)
    {
        var ann = await OpenAsync("");
        var link = await PipeTests.InviteAsync(ann);
        var bob = await OpenAsync(link);
        var lost = type is Pipe2.Hello or Pipe2.Accept ? ann : bob;
        var network = await LoseAsync(lost, type);
        await InstallClockAsync(lost);
        await PipeTests.OpenPipeAsync(bob);
        for (var attempts = 0; attempts < 8; attempts = network.Attempts) await lost.Clock.FastForwardAsync(8000); // more than 30 s
        await lost.ClickAsync("#home");
        await Expect(lost.Locator("#title-text")).ToHaveTextAsync("The open stream");
        await lost.ClickAsync("#visited a.pipe");
        network.IsAway = false;
        await lost.Clock.FastForwardAsync(8000);
        foreach (var page in (IPage[])[ann, bob]) await Expect(page.Locator("#title-text")).ToContainTextAsync("Pipe ·");
        Assert.Equal(await ann.TextContentAsync("#title-text"), await bob.TextContentAsync("#title-text"));
        foreach (var page in (IPage[])[ann, bob]) await Expect(page.Locator(".line.danger")).ToHaveCountAsync(0);
        await SayAsync(ann, "at last");
        await Expect(Texts(bob)).ToHaveTextAsync(["at last"]);
    }

    [Fact]
    public async Task What_was_given_up_is_no_hole_for_the_other_side()
    {
        var (ann, bob) = await ConnectAsync();
        await SayAsync(ann, "first");
        var network = await LoseAsync(ann, Pipe2.Message);
        foreach (var text in (string[])["never sent", "nor this"])
        {
            await ann.FillAsync("#box", text);
            await ann.PressAsync("#box", "Enter");
            await Expect(ann.Locator("#problem")).ToContainTextAsync("Not sent.");
        }

        network.IsAway = false;
        await SayAsync(ann, "second");
        await SayAsync(bob, "yes");
        await SayAsync(ann, "third");
        await Expect(Texts(bob)).ToHaveTextAsync(["first", "second", "yes", "third"]);
        await Expect(Texts(ann)).ToHaveTextAsync(["first", "second", "yes", "third"]);
        await Expect(ann.Locator(".receipt").Last).ToHaveTextAsync("received");
        await ann.GotoAsync("about:blank");
        await Expect(bob.Locator(".line.gap")).ToContainTextAsync("has left");
        await Expect(bob.Locator(".note, .line.danger")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task What_is_sent_again_word_for_word_is_the_same_message()
    {
        var (ann, bob) = await ConnectAsync();
        var network = await LoseAsync(ann, Pipe2.Message);
        await ann.FillAsync("#box", "once");
        await ann.PressAsync("#box", "Enter");
        await Expect(ann.Locator("#problem")).ToContainTextAsync("Not sent.");
        network.IsAway = false;
        await ann.PressAsync("#box", "Enter");
        await SayAsync(ann, "twice");
        await Expect(Texts(bob)).ToHaveTextAsync(["once", "twice"]);
        await Expect(bob.Locator(".note")).ToHaveCountAsync(0);
    }

    private async Task<(IPage Ann, IPage Bob)> ConnectAsync()
    {
        var ann = await OpenAsync("");
        var bob = await OpenAsync(await PipeTests.InviteAsync(ann));
        await PipeTests.OpenPipeAsync(bob);
        Assert.Equal(await PipeTests.CodeAsync(ann), await PipeTests.CodeAsync(bob));
        await ListensAsync(ann);
        await ListensAsync(bob);
        return (ann, bob);
    }

    /// <summary>Takes the network away from a page that posts frames of a type.</summary>
    private static async Task<Network> LoseAsync(IPage page, byte type)
    {
        var network = new Network();
        await page.RouteAsync("**/messages", async route =>
        {
            var text = JsonNode.Parse(route.Request.PostData!)!["message"]!.GetValue<string>();
            var isLost = network.IsAway && Bytes.FromBase64Url(text[Bytes.Prefix.Length..])[0] == type;
            if (isLost) network.Attempts++;
            await (isLost ? route.AbortAsync() : route.ContinueAsync());
        });
        return network;
    }

    private sealed class Network
    {
        public bool IsAway { get; set; } = true;

        public int Attempts { get; set; }
    }
}
