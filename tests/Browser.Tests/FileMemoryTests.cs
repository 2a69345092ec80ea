namespace Malten.Browser.Tests;

/// <summary>
/// However long a file is, a page needs little memory to send or receive it. The debugger that drives a page keeps something of each request there, so what
/// goes through a node seems to need more than it does for people.
/// </summary>
public sealed class FileMemoryTests(CallChromium chromium) : CallTest(chromium)
{
    private const int Size = 200_000_000;
    private const int Most = 64 * 1024 * 1024;

    private readonly CallChromium _chromium = chromium;
    [Theory]
    [InlineData(true, Size)]
    [InlineData(false, Size)]
    public Task Neither_page_grows_by_more_than_64_MiB(bool isDirect, int size) => CrossesAsync(isDirect, size);

    /// <summary>Takes minutes: <c>-explicit only -method '*.One_gigabyte_crosses'</c>.</summary>
    [Theory(Explicit = true)]
    [InlineData(true)]
    [InlineData(false)]
    public Task One_gigabyte_crosses(bool isDirect) => CrossesAsync(isDirect, 1_000_000_000);

    private async Task CrossesAsync(bool isDirect, int size)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux tells how much memory a process has for itself.");
        var (ann, bob) = await MeetAsync(more: FileCards.NoPicker + (isDirect ? "" : FileCards.NoDirectWay));
        var path = Folder.Write("large.bin", size);
        await ann.SetInputFilesAsync("#file-input", path);
        await Expect(bob.Card()).ToBeVisibleAsync();
        await using var memory = await PageMemory.WatchAsync(_chromium.Browser);
        var begun = TimeProvider.System.GetTimestamp();
        await bob.SaveAsync();
        await Expect(bob.State()).ToContainTextAsync(isDirect ? "· direct" : "· through the node", new() { Timeout = 60_000 });
        await Expect(ann.State()).ToHaveTextAsync("Sent, and checked by the other side.", new() { Timeout = 600_000 });
        var (seconds, growth) = (TimeProvider.System.GetElapsedTime(begun).TotalSeconds, await memory.GrowthAsync());
        TestContext.Current.TestOutputHelper!.WriteLine($"{size / 1e6 / seconds:F1} MB/s; grew by {growth / 1048576.0:F1} MiB");
        await bob.HasDownloadedAsync(path);
        Assert.InRange(growth, 0, Most);
    }
}
