using System.Security.Cryptography;
using Malten.Testing;

namespace Malten.Client.Tests;

/// <summary>Files between two sides that mean well: whole, checked, resumed, and stopped by either.</summary>
public sealed class FileTransferTests : ClientTests, IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("malten-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(65_528)]
    [InlineData(9_000_001)] // more than may be under way at once
    public async Task A_file_arrives_whole_and_both_sides_know_its_sum(int size)
    {
        var pair = Use(new FilePair());
        var content = RandomNumberGenerator.GetBytes(size);
        var sent = pair.Inviter.Offer(FileActs.File("a.bin", content))[0];
        var offer = await pair.Joiner.NextOfferAsync();
        Assert.Equal((new FileDescription("a.bin", "application/octet-stream", size), true), (offer.Description, offer.IsLast));
        Assert.False(sent.IsAccepted);
        var destination = new MemoryStream();
        await offer.AcceptAsync(destination).WaitAsync(TimeSpan.FromSeconds(60));
        await sent.Completion.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.True(content.AsSpan().SequenceEqual(destination.ToArray()));
        var sum = Convert.ToHexStringLower(SHA256.HashData(content));
        Assert.Equal((sum, sum, (long)size, (long)size), (sent.Sha256, offer.Sha256, sent.Transferred, offer.Transferred));
        Assert.Throws<InvalidOperationException>(offer.Decline);
    }

    [Fact]
    public async Task Several_files_go_both_ways_at_once_and_each_may_be_declined()
    {
        var pair = Use(new FilePair());
        var contents = Enumerable.Range(0, 6).Select(_ => RandomNumberGenerator.GetBytes(300_000)).ToArray();
        var one = pair.Inviter.Offer(FileActs.File("0", contents[0]), FileActs.File("1", contents[1]), FileActs.File("2", contents[2]));
        var other = pair.Joiner.Offer(FileActs.File("3", contents[3]), FileActs.File("4", contents[4]), FileActs.File("5", contents[5]));
        var came = await Task.WhenAll(TakeAsync(pair.Joiner, except: "1"), TakeAsync(pair.Inviter, except: "5"));
        Assert.Equal(["0", "2", "3", "4"], came.SelectMany(some => some.Keys).Order());
        foreach (var (name, content) in came.SelectMany(some => some)) Assert.True(contents[int.Parse(name)].AsSpan().SequenceEqual(content), name);
        Assert.Equal((FileFault.Declined, FileFault.Declined), (await one[1].Completion.FaultAsync(), await other[2].Completion.FaultAsync()));
        await pair.Inviter.CompleteAsync();
        Assert.Empty(await pair.Joiner.ListenAsync().ToListAsync());
    }

    [Fact]
    public async Task What_an_earlier_transfer_left_is_not_sent_again()
    {
        var content = RandomNumberGenerator.GetBytes(1_000_000);
        await File.WriteAllBytesAsync(PartOf("a.bin", 1_000_000), content[..700_000]);
        var pair = Use(new FilePair());
        var sent = pair.Inviter.Offer(FileActs.File("a.bin", content))[0];
        var offer = await pair.Joiner.NextOfferAsync();
        var path = await offer.SaveAsync(_folder.FullName).WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(Path.Combine(_folder.FullName, "a.bin"), path);
        Assert.Equal((700_000, 700_000), (sent.Resumed, offer.Resumed));
        Assert.Equal(Sum(content), Sum(await File.ReadAllBytesAsync(path)));
        Assert.Single(_folder.GetFiles());
    }

    [Theory]
    [InlineData(700_000)]
    [InlineData(1_000_001)] // longer than the file
    public async Task What_is_not_the_beginning_of_this_file_is_thrown_away(int length)
    {
        var content = RandomNumberGenerator.GetBytes(1_000_000);
        await File.WriteAllBytesAsync(PartOf("a.bin", 1_000_000), RandomNumberGenerator.GetBytes(length));
        var pair = Use(new FilePair());
        pair.Inviter.Offer(FileActs.File("a.bin", content));
        var offer = await pair.Joiner.NextOfferAsync();
        var path = await offer.SaveAsync(_folder.FullName).WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(0, offer.Resumed);
        Assert.Equal(Sum(content), Sum(await File.ReadAllBytesAsync(path)));
    }

    [Fact]
    public async Task A_file_that_is_there_is_not_overwritten_unless_that_is_wanted()
    {
        var path = Path.Combine(_folder.FullName, "a");
        await File.WriteAllTextAsync(path, "precious");
        var pair = Use(new FilePair());
        var sent = pair.Inviter.Offer(FileActs.File("a", [1]), FileActs.File("a", [2]));
        var offers = await pair.Joiner.ListenAsync().Take(2).ToListAsync();
        await Assert.ThrowsAsync<IOException>(() => offers[0].SaveAsync(_folder.FullName));
        Assert.Equal(FileFault.Unwritten, await sent[0].Completion.FaultAsync());
        Assert.Equal("precious", await File.ReadAllTextAsync(path));
        await offers[1].SaveAsync(_folder.FullName, overwrite: true).WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal([2], await File.ReadAllBytesAsync(path));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_file_that_was_received_is_never_taken_for_a_part_of_another(bool isFirst)
    {
        var pair = Use(new FilePair());
        var (large, small) = (FileActs.File("a.malten-part", new byte[1_000_000]), FileActs.File("a", new byte[10]));
        pair.Inviter.Offer(isFirst ? [large, small] : [small, large]);
        var paths = new List<string>();
        await foreach (var offer in pair.Joiner.ListenAsync().Take(2))
            paths.Add(await offer.SaveAsync(_folder.FullName).WaitAsync(TimeSpan.FromSeconds(60)));
        Assert.Equal([10L, 1_000_000L], paths.Select(path => new FileInfo(path).Length).Order());
        Assert.Equal(2, _folder.GetFiles().Length);
    }

    [Fact]
    public async Task Nothing_is_written_through_a_link_that_leads_elsewhere()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need rights there.");
        var elsewhere = _folder.CreateSubdirectory("elsewhere");
        var folder = _folder.CreateSubdirectory("folder");
        File.CreateSymbolicLink(Path.Combine(folder.FullName, "a"), Path.Combine(elsewhere.FullName, "one"));
        File.CreateSymbolicLink(Path.Combine(folder.FullName, Path.GetFileName(PartOf("b", 1))), Path.Combine(elsewhere.FullName, "two"));
        var pair = Use(new FilePair());
        pair.Inviter.Offer(FileActs.File("a", [1]), FileActs.File("b", [2]));
        await foreach (var offer in pair.Joiner.ListenAsync().Take(2))
            await Assert.ThrowsAsync<IOException>(() => offer.SaveAsync(folder.FullName));
        Assert.Empty(elsewhere.GetFiles());
    }

    [Fact]
    public async Task Either_side_may_pause_it_and_it_goes_on_when_neither_does()
    {
        var pair = Use(new FilePair());
        var content = RandomNumberGenerator.GetBytes(20_000_000);
        var sent = pair.Inviter.Offer(FileActs.File("a", content))[0];
        var offer = await pair.Joiner.NextOfferAsync();
        sent.Pause();
        offer.Pause();
        var destination = new MemoryStream();
        var accepting = offer.AcceptAsync(destination);
        await Eventually.IsSoAsync(() => sent is { IsAccepted: true, IsPausedByOther: true } && offer.IsPausedByOther);
        sent.Resume();
        await Eventually.IsSoAsync(() => !offer.IsPausedByOther);
        Assert.Equal((0, 0), (sent.Transferred, offer.Transferred));
        offer.Resume();
        await accepting.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.True(content.AsSpan().SequenceEqual(destination.ToArray()));
    }

    [Fact]
    public async Task A_file_that_is_paused_keeps_no_other_waiting()
    {
        var pair = Use(new FilePair());
        var sent = pair.Inviter.Offer(FileActs.File("a", new byte[10_000_000]), FileActs.File("b", new byte[100_000]));
        var offers = await pair.Joiner.ListenAsync().Take(2).ToListAsync();
        sent[0].Pause();
        var first = offers[0].AcceptAsync(new MemoryStream());
        await offers[1].AcceptAsync(new MemoryStream()).WaitAsync(TimeSpan.FromSeconds(60));
        Assert.False(first.IsCompleted);
        sent[0].Resume();
        await first.WaitAsync(TimeSpan.FromSeconds(60));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Either_side_may_stop_it_and_what_has_come_is_kept_for_another_time(bool isSender)
    {
        var pair = Use(new FilePair());
        var content = RandomNumberGenerator.GetBytes(20_000_000);
        var sent = pair.Inviter.Offer(FileActs.File("a", content))[0];
        var offer = await pair.Joiner.NextOfferAsync();
        var saving = offer.SaveAsync(_folder.FullName);
        await Eventually.IsSoAsync(() => offer.Transferred > 1_000_000);
        if (isSender) sent.Stop();
        else offer.Stop();
        Assert.Equal((FileFault.Stopped, FileFault.Stopped), (await saving.FaultAsync(), await sent.Completion.FaultAsync()));
        Assert.Equal([PartOf("a", 20_000_000)], _folder.GetFiles().Select(file => file.FullName));
        pair.Inviter.Offer(FileActs.File("a", content));
        var again = await pair.Joiner.NextOfferAsync();
        await again.SaveAsync(_folder.FullName).WaitAsync(TimeSpan.FromSeconds(60));
        Assert.True(again.Resumed > 1_000_000);
        Assert.Equal(Sum(content), Sum(await File.ReadAllBytesAsync(Path.Combine(_folder.FullName, "a"))));
    }

    [Fact]
    public async Task Whoever_cancels_saving_stops_the_other_side()
    {
        var pair = Use(new FilePair());
        var sent = pair.Inviter.Offer(FileActs.File("a", new byte[20_000_000]))[0];
        var offer = await pair.Joiner.NextOfferAsync();
        using var stop = new CancellationTokenSource();
        var saving = offer.SaveAsync(_folder.FullName, cancellationToken: stop.Token);
        await Eventually.IsSoAsync(() => offer.Transferred > 0);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => saving);
        Assert.Equal(FileFault.Stopped, await sent.Completion.FaultAsync());
    }

    [Fact]
    public async Task A_file_that_changes_meanwhile_is_said_to_have_changed()
    {
        var pair = Use(new FilePair());
        var sent = pair.Inviter.Offer(FileActs.File("shorter", new byte[100], said: 101), FileActs.File("longer", new byte[100], said: 99));
        await foreach (var offer in pair.Joiner.ListenAsync().Take(2))
            Assert.Equal(FileFault.Changed, await offer.AcceptAsync(new MemoryStream()).FaultAsync());
        foreach (var one in sent) Assert.Equal(FileFault.Changed, await one.Completion.FaultAsync());
    }

    [Fact]
    public async Task What_can_not_be_read_or_written_is_told_to_the_other_side()
    {
        var pair = Use(new FilePair());
        var unread = pair.Inviter.Offer(new FileToSend(new FileDescription("a", "", 1), () => throw new IOException("no")), FileActs.File("b", [1]));
        var offers = await pair.Joiner.ListenAsync().Take(2).ToListAsync();
        Assert.Equal(FileFault.Unread, await offers[0].AcceptAsync(new MemoryStream()).FaultAsync());
        Assert.Equal(FileFault.Unwritten, await offers[1].AcceptAsync(new MemoryStream([], writable: false)).FaultAsync());
        Assert.Equal((FileFault.Unread, FileFault.Unwritten), (await unread[0].Completion.FaultAsync(), await unread[1].Completion.FaultAsync()));
    }

    [Fact]
    public void What_nobody_can_offer_is_refused_at_once()
    {
        var pair = Use(new FilePair());
        Assert.Throws<ArgumentException>(() => pair.Inviter.Offer());
        Assert.Throws<ArgumentException>(() => pair.Inviter.Offer(FileActs.File("", [])));
        Assert.Throws<ArgumentException>(() => pair.Inviter.Offer(FileActs.File(new string('a', 256), [])));
        Assert.Throws<ArgumentException>(() => pair.Inviter.Offer(FileActs.File("a", [], said: -1)));
        Assert.Throws<InvalidOperationException>(() => pair.Inviter.Offer([.. Enumerable.Repeat(FileActs.File("a", []), 1025)]));
    }

    /// <summary>What a file is called before all of it is there.</summary>
    private string PartOf(string name, long size) =>
        Path.Combine(_folder.FullName, PartialFile.NameOf(name, new FileDescription(name, "application/octet-stream", size)));

    private static string Sum(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));

    [Fact]
    public async Task A_file_that_is_over_is_not_paused()
    {
        var pair = Use(new FilePair());
        var sent = pair.Inviter.Offer(FileActs.File("a", []))[0]; // there is nothing of it to hold back
        sent.Pause();
        var offer = await pair.Joiner.NextOfferAsync();
        await offer.AcceptAsync(new MemoryStream()).WaitAsync(TimeSpan.FromSeconds(60));
        await sent.Completion.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.False(sent.IsPaused || offer.IsPausedByOther);
    }

    [Fact]
    public async Task Whoever_has_no_more_to_say_offers_nothing()
    {
        var pair = Use(new FilePair());
        await pair.Inviter.CompleteAsync();
        Assert.Throws<InvalidOperationException>(() => pair.Inviter.Offer(FileActs.File("a", [])));
    }

    private static async Task<Dictionary<string, byte[]>> TakeAsync(FileTransfers files, string except)
    {
        var came = new Dictionary<string, byte[]>();
        await foreach (var offer in files.ListenAsync())
        {
            var content = new MemoryStream();
            if (offer.Description.Name == except) offer.Decline();
            else
            {
                await offer.AcceptAsync(content).WaitAsync(TimeSpan.FromSeconds(60));
                came[offer.Description.Name] = content.ToArray();
            }

            if (offer.IsLast) break;
        }

        return came;
    }
}
