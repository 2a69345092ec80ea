using Malten.Browser.Tests.Reference;
using Malten.Testing;

namespace Malten.Browser.Tests;

/// <summary>How long ago somebody wrote under a key is told by this machine's clock, not by the server's, which is three hours ahead here.</summary>
public sealed class ClockTests(Chromium chromium) : HostileStreamTest(chromium)
{
    protected override Task<TestNode> StartNodeAsync() => TestNode.StartAsync(new FakeTime(DateTimeOffset.UtcNow.AddHours(3)));

    [Fact]
    public async Task The_age_of_a_sealed_text_does_not_depend_on_the_servers_clock()
    {
        using var ann = new Enc2Author(Stream, "ann");
        var page = await ReadAsync(Reader.First);
        await ListensAsync(page);
        var (id, message, _) = ann.Write("a while ago", DateTimeOffset.UtcNow.AddMinutes(-10));
        await Node.PostAsync(Stream.Stream, message, id: id);
        await Node.PostAsync(Stream.Stream, "not sealed");
        await Expect(page.Locator(".message time")).ToHaveTextAsync(["10 min ago", "now"]);
    }

    [Fact]
    public async Task The_last_sign_of_the_other_side_of_a_pipe_does_not_depend_on_the_servers_clock()
    {
        var ann = await OpenAsync("");
        var bob = await OpenAsync(await PipeTests.InviteAsync(ann));
        await PipeTests.OpenPipeAsync(bob);
        await PipeTests.CodeAsync(ann);
        await SayAsync(bob, "wait");
        await Expect(Texts(ann)).ToHaveTextAsync(["wait"]);
        await bob.ClickAsync("#home");
        await Expect(ann.Locator("#activity")).ToContainTextAsync("Last sign of them: now");
    }
}
