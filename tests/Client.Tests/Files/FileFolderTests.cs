using System.Security.Cryptography;
using Malten.Testing;

namespace Malten.Client.Tests;

/// <summary>What a folder holds while files come, and what the disks of both sides do meanwhile.</summary>
public sealed class FileFolderTests : ClientTests, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("malten-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData(20)]
    [InlineData(2_000)]
    public async Task The_part_of_a_file_is_neither_told_to_whoever_offers_another_of_that_name_nor_thrown_away(int size)
    {
        var part = PartOf("report.pdf", 1_000);
        await File.WriteAllBytesAsync(part, new byte[700]);
        var liar = Use(new LyingPeer());
        var saving = (await liar.OfferAsync("report.pdf", size)).SaveAsync(_folder.FullName);
        Assert.Equal(0, (await liar.HearAsync(FileFrameType.Accept)).ReadAccept().Offset);
        await liar.SayAsync(FileFrame.At(FileFrameType.Begin, 1, 0));
        await liar.SayAsync(new FileFrame(FileFrameType.Data, 1, new byte[size]));
        await liar.SayAsync(FileFrame.End(1, new byte[32]));
        Assert.Equal(FileFault.Mismatch, await saving.FaultAsync());
        Assert.Equal((part, 700L), (Assert.Single(_folder.GetFiles()).FullName, new FileInfo(part).Length));
    }

    [Fact]
    public async Task A_part_is_kept_when_the_sender_adds_nothing_to_it_that_fits()
    {
        var part = PartOf("a", 1_000);
        await File.WriteAllBytesAsync(part, new byte[700]);
        var liar = Use(new LyingPeer());
        var saving = (await liar.OfferAsync("a", 1_000)).SaveAsync(_folder.FullName);
        Assert.Equal(700, (await liar.HearAsync(FileFrameType.Accept)).ReadAccept().Offset);
        await liar.SayAsync(FileFrame.At(FileFrameType.Begin, 1, 1));
        Assert.Equal(FileFault.Changed, await saving.FaultAsync());
        Assert.Equal(700, new FileInfo(part).Length);
    }

    [Fact]
    public async Task Of_two_that_receive_into_one_folder_none_gets_hold_of_the_others_whole_file()
    {
        var file = new FileDescription("a", "", 10);
        for (var round = 0; round < 300; round++)
        {
            var part = await PartialFile.OpenAsync(_folder.FullName, "a", file, overwrite: true, CancellationToken.None);
            await part.Stream.WriteAsync(new byte[10]);
            using var begin = new Barrier(2);
            var second = Task.Run(async () =>
            {
                begin.SignalAndWait();
                while (true)
                {
                    try
                    {
                        return await PartialFile.OpenAsync(_folder.FullName, "a", file, overwrite: true, CancellationToken.None);
                    }
                    catch (IOException)
                    {
                        // the first one has it still
                    }
                }
            });
            begin.SignalAndWait();
            await part.FinishAsync(CancellationToken.None);
            await using var opened = await second.WaitAsync(Patience);
            Assert.Equal(0, opened.Length);
            await part.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_full_disk_is_named_as_the_reason()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "There is a disk that is always full on Linux.");
        var pair = Use(new FilePair());
        var sent = pair.Inviter.Offer(FileActs.File("a", new byte[1_000_000]))[0];
        await using var full = new FileStream("/dev/full", FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        var accepting = (await pair.Joiner.NextOfferAsync()).AcceptAsync(full);
        var failed = await Assert.ThrowsAsync<FileTransferException>(() => accepting.WaitAsync(Patience));
        Assert.Equal(FileFault.Unwritten, failed.Fault);
        Assert.Contains("No space", Assert.IsType<IOException>(failed.InnerException).Message, StringComparison.Ordinal);
        Assert.Equal(FileFault.Unwritten, await sent.Completion.FaultAsync());
    }

    [Fact]
    public async Task A_file_that_is_written_to_while_it_is_sent_is_not_transferred()
    {
        var path = Path.Combine(_folder.FullName, "log");
        await File.WriteAllBytesAsync(path, RandomNumberGenerator.GetBytes(20_000_000));
        var pair = Use(new FilePair());
        var sent = pair.Inviter.Offer(FileToSend.Of(path))[0];
        sent.Pause();
        var saving = (await pair.Joiner.NextOfferAsync()).SaveAsync(_folder.CreateSubdirectory("to").FullName);
        await Eventually.IsSoAsync(() => sent.IsAccepted);
        await using (var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite)) await file.WriteAsync(new byte[1_000]);
        File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddMinutes(1)); // disks may tell the time no better than to a second
        sent.Resume();
        Assert.Equal((FileFault.Changed, FileFault.Changed), (await saving.FaultAsync(), await sent.Completion.FaultAsync()));
        Assert.Empty(Directory.GetFiles(Path.Combine(_folder.FullName, "to")));
    }

    [Fact]
    public async Task A_file_of_a_disk_is_sent_as_it_is()
    {
        var path = Path.Combine(_folder.FullName, "a.txt");
        await File.WriteAllBytesAsync(path, RandomNumberGenerator.GetBytes(300_000));
        var pair = Use(new FilePair());
        pair.Inviter.Offer(FileToSend.Of(path));
        var offer = await pair.Joiner.NextOfferAsync();
        Assert.Equal(new FileDescription("a.txt", "text/plain", 300_000), offer.Description);
        var saved = await offer.SaveAsync(_folder.CreateSubdirectory("to").FullName).WaitAsync(Patience);
        Assert.Equal(await File.ReadAllBytesAsync(path), await File.ReadAllBytesAsync(saved));
    }

    [Fact]
    public async Task Saving_a_second_time_is_refused_and_does_not_disturb_the_first()
    {
        var pair = Use(new FilePair());
        pair.Inviter.Offer(FileActs.File("a", new byte[10_000_000]));
        var offer = await pair.Joiner.NextOfferAsync();
        var saving = offer.SaveAsync(_folder.FullName);
        await Eventually.IsSoAsync(() => offer.Transferred > 0);
        await Assert.ThrowsAsync<InvalidOperationException>(() => offer.SaveAsync(_folder.FullName));
        await saving.WaitAsync(Patience);
    }

    private string PartOf(string name, long size) => Path.Combine(_folder.FullName, PartialFile.NameOf(name, new FileDescription(name, "", size)));
}
