namespace Malten.Browser.Tests;

/// <summary>Files through a relay: Debian's coturn. Skipped where it is not installed.</summary>
public sealed class FileRelayTests(CallChromium chromium) : RelayTest(chromium)
{
    [Fact]
    public async Task Whoever_hides_their_address_sends_through_the_relay_and_when_it_dies_through_the_node()
    {
        Assert.SkipWhen(Relay is null, Coturn.Missing);
        var (ann, bob) = await MeetAsync(more: FileCards.NoPicker);
        var path = Folder.Write("relayed.bin", 60_000_000);
        await ann.SetInputFilesAsync("#file-input", path);
        await Expect(bob.Locator(".files-way")).ToContainTextAsync("So does 127.0.0.1, which helps to get through.");
        await bob.GetByLabel("Hide my address").CheckAsync();
        await Expect(bob.Locator(".files-way")).ToContainTextAsync("Files go through the relay (127.0.0.1) or this node.");
        await bob.SaveAndPauseAsync();
        await FindDirectWayAsync(ann, bob);
        await bob.PressInTurnAsync("Resume", "Pause", "bar.value > begun && state.textContent.includes('· direct')");
        Assert.Equal(["relay"], (await ReceivedAsync(bob)).Ways);
        Assert.True(await ann.EvaluateAsync<bool>("""
            connections.flatMap(one => one.remoteDescription?.sdp.split('\n') ?? []).filter(line => line.includes('a=candidate'))
              .every(line => line.includes('typ relay'))
            """));
        await Relay.StopAsync();
        await bob.ChooseAsync("Resume");
        await bob.HasDownloadedAsync(path, seconds: 120);
        await Expect(ann.State()).ToHaveTextAsync("Sent, and checked by the other side.");
        await Relay.StartAgainAsync();
    }
}
