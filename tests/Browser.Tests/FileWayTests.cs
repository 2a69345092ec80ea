namespace Malten.Browser.Tests;

/// <summary>The ways by which files go between two pages: directly where they can, through the node otherwise, and from one to the other.</summary>
public sealed class FileWayTests(CallChromium chromium) : CallTest(chromium)
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("malten-");

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Delete(recursive: true);
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Files_go_directly_in_both_directions()
    {
        var (ann, bob) = await MeetAsync(more: FileCards.NoPicker);
        foreach (var (from, to, name) in ((IPage, IPage, string)[])[(ann, bob, "first.bin"), (bob, ann, "second.bin")])
        {
            var path = _folder.Write(name, 30_000_000);
            await from.SetInputFilesAsync("#file-input", path);
            await to.SaveAsync(name);
            await to.HasDownloadedAsync(path);
            await Expect(from.State(name)).ToHaveTextAsync("Sent, and checked by the other side.");
            Assert.InRange(await DirectlyAsync(from), 20_000_000, 70_000_000);
        }
    }

    /// <summary>How many bytes a page has sent directly so far.</summary>
    private static Task<long> DirectlyAsync(IPage page) => page.EvaluateAsync<long>("""
        async () => {
          let sent = 0;
          for (const pc of window.connections) for (const one of (await pc.getStats()).values()) if (one.type === 'data-channel') sent += one.bytesSent;
          return sent;
        }
        """);
}
