using System.Security.Cryptography;

namespace Malten.Client.Tests;

/// <summary>Whoever lies about files is found out, and leaves nothing on the disk that passes for the file.</summary>
public sealed class LyingFileTests : ClientTests, IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("malten-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData(11)]
    [InlineData(9)]
    public async Task A_sender_who_promises_ten_bytes_and_sends_others_is_stopped(int count)
    {
        var liar = Use(new LyingPeer());
        var saving = (await liar.OfferAsync("a", 10)).SaveAsync(_folder.FullName);
        await liar.HearAsync(FileFrameType.Accept);
        await liar.SayAsync(FileFrame.At(FileFrameType.Begin, 1, 0));
        await liar.SayAsync(new FileFrame(FileFrameType.Data, 1, new byte[count]));
        await liar.SayAsync(FileFrame.End(1, SHA256.HashData(new byte[count])));
        Assert.Equal(FileFault.Changed, await saving.FaultAsync());
        Assert.Equal(FileFault.Changed, (await liar.HearAsync(FileFrameType.Stop)).ReadReason());
        Assert.Empty(_folder.GetFiles());
    }

    [Fact]
    public async Task Another_sum_than_that_of_what_has_come_is_a_mismatch_and_leaves_nothing()
    {
        var liar = Use(new LyingPeer());
        var saving = (await liar.OfferAsync("a", 10)).SaveAsync(_folder.FullName);
        await liar.HearAsync(FileFrameType.Accept);
        await liar.SayAsync(FileFrame.At(FileFrameType.Begin, 1, 0));
        await liar.SayAsync(new FileFrame(FileFrameType.Data, 1, new byte[10]));
        await liar.SayAsync(FileFrame.End(1, SHA256.HashData(new byte[11])));
        Assert.Equal(FileFault.Mismatch, await saving.FaultAsync());
        Assert.Equal(FileFault.Mismatch, (await liar.HearAsync(FileFrameType.Stop, FileFrameType.Done)).ReadReason());
        Assert.Empty(_folder.GetFiles());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    [InlineData(long.MaxValue)]
    public async Task A_sender_begins_at_nothing_or_where_the_receiver_is(long offset)
    {
        var liar = Use(new LyingPeer());
        var accepting = (await liar.OfferAsync("a", 10)).AcceptAsync(new MemoryStream());
        await liar.HearAsync(FileFrameType.Accept);
        await liar.SayAsync(FileFrame.At(FileFrameType.Begin, 1, offset));
        Assert.Equal(FileFault.Changed, await accepting.FaultAsync());
    }

    [Fact]
    public async Task Data_that_nobody_has_accepted_or_that_comes_before_its_beginning_is_written_nowhere()
    {
        var liar = Use(new LyingPeer());
        var offer = await liar.OfferAsync("a", 10);
        await liar.SayAsync(FileFrame.At(FileFrameType.Begin, 1, 0));
        await liar.SayAsync(new FileFrame(FileFrameType.Data, 1, new byte[10]));
        await liar.OfferAsync("b", 10, number: 3); // what was said before has been heard
        var content = new MemoryStream();
        var accepting = offer.AcceptAsync(content);
        await liar.HearAsync(FileFrameType.Accept);
        await liar.SayAsync(new FileFrame(FileFrameType.Data, 1, new byte[10]));
        Assert.Equal(FileFault.Changed, await accepting.FaultAsync());
        Assert.Equal(0, content.Length);
    }

    [Fact]
    public async Task A_receiver_who_says_done_before_the_end_or_claims_more_than_was_sent_is_not_believed()
    {
        var liar = Use(new LyingPeer());
        var sent = liar.Honest.Offer(FileActs.File("a", new byte[10_000_000]))[0];
        await liar.SayAsync(FileFrame.Accept(sent.Number, 0, SHA256.HashData([])));
        await liar.HearAsync(FileFrameType.Data);
        await liar.SayAsync(FileFrame.At(FileFrameType.Have, sent.Number, 9_999_999));
        await liar.SayAsync(FileFrame.At(FileFrameType.Have, sent.Number, -1));
        await liar.SayAsync(new FileFrame(FileFrameType.Done, sent.Number, default));
        await liar.OfferAsync("b", 10); // what was said before has been heard
        Assert.Equal((0, false), (sent.Transferred, sent.Completion.IsCompleted));
    }

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(-1)]
    [InlineData(11)]
    public async Task A_receiver_who_claims_to_have_more_than_there_is_gets_it_from_the_beginning(long offset)
    {
        var liar = Use(new LyingPeer());
        var sent = liar.Honest.Offer(FileActs.File("a", new byte[10]))[0];
        await liar.SayAsync(FileFrame.Accept(sent.Number, offset, SHA256.HashData([])));
        Assert.Equal(0, (await liar.HearAsync(FileFrameType.Begin)).ReadOffset());
        Assert.Equal(10, (await liar.HearAsync(FileFrameType.Data)).Content.Length);
    }

    [Theory]
    [InlineData(0)] // the other side's
    [InlineData(2)]
    public async Task Numbers_that_are_not_the_other_sides_next_end_it_all(uint number)
    {
        var liar = Use(new LyingPeer());
        var sent = liar.Honest.Offer(FileActs.File("a", new byte[10]))[0];
        await liar.SayAsync(FileFrame.Offer(number, new FileDescription("a", "", 10), isLast: true));
        Assert.Equal(FileFault.Lost, await sent.Completion.FaultAsync());
        Assert.Equal(FileFault.Lost, await liar.Honest.Offer(FileActs.File("b", []))[0].Completion.FaultAsync());
    }

    [Fact]
    public async Task A_number_that_comes_twice_ends_it_all()
    {
        var liar = Use(new LyingPeer());
        var offer = await liar.OfferAsync("a", 10);
        await liar.SayAsync(FileFrame.Offer(1, new FileDescription("a", "", 20), isLast: true));
        Assert.Equal(FileFault.Lost, await offer.Completion.FaultAsync());
    }

    [Theory]
    [InlineData("04FFFFFF00000001")] // longer than any frame
    [InlineData("010000040000000100000000")] // an offer that ends early
    [InlineData("0100000D00000001 002000000000000000 01 0001 61")] // larger than any file
    public async Task What_is_no_frame_ends_it_all(string bytes)
    {
        var liar = Use(new LyingPeer());
        var sent = liar.Honest.Offer(FileActs.File("a", [1]))[0];
        await liar.SayAsync(Convert.FromHexString(bytes.Replace(" ", "", StringComparison.Ordinal)));
        Assert.Equal(FileFault.Lost, await sent.Completion.FaultAsync());
    }

    [Fact]
    public async Task Frames_of_a_kind_that_is_not_known_are_passed_over()
    {
        var liar = Use(new LyingPeer());
        await liar.SayAsync(new FileFrame((FileFrameType)99, 1, new byte[100]));
        Assert.Equal("a", (await liar.OfferAsync("a", 10)).Description.Name);
    }

    [Fact]
    public async Task Offers_without_end_are_no_way_to_fill_memory()
    {
        var liar = Use(new LyingPeer());
        var first = await liar.OfferAsync("a", 10);
        for (var i = 1u; i <= FileTransfers.MostOpen; i++) await liar.SayAsync(FileFrame.Offer(2 * i + 1, new FileDescription("a", "", 10), isLast: false));
        Assert.Equal(FileFault.Lost, await first.Completion.FaultAsync());
    }

    [Fact]
    public async Task Offers_without_end_that_are_taken_back_are_no_way_to_fill_memory_either()
    {
        var liar = Use(new LyingPeer());
        var sent = liar.Honest.Offer(FileActs.File("a", [1]))[0];
        var listening = liar.Honest.ListenAsync().ToListAsync().AsTask();
        for (var i = 0u; i < 2000; i++)
        {
            await liar.SayAsync(FileFrame.Offer(2 * i + 1, new FileDescription("a", "", 10), isLast: false));
            await liar.SayAsync(FileFrame.Stop(2 * i + 1, FileFault.Stopped));
        }

        Assert.Equal(FileFault.Lost, await sent.Completion.FaultAsync());
        await Assert.ThrowsAsync<InvalidDataException>(() => listening.WaitAsync(TimeSpan.FromSeconds(60)));
    }

    [Fact]
    public async Task A_great_many_files_may_be_offered_one_after_another()
    {
        var pair = Use(new FilePair());
        for (var i = 0; i < FileTransfers.MostOpen + 10; i++)
        {
            var sent = pair.Inviter.Offer(FileActs.File("a", []))[0];
            (await pair.Joiner.NextOfferAsync()).Decline();
            Assert.Equal(FileFault.Declined, await sent.Completion.FaultAsync());
        }
    }

    [Fact]
    public async Task A_file_whose_transfer_is_stopped_while_its_beginning_is_read_is_closed()
    {
        var (liar, file) = (Use(new LyingPeer()), new EndlessFile());
        var sent = liar.Honest.Offer(new FileToSend(new FileDescription("a", "", 10), () => file))[0];
        await liar.SayAsync(FileFrame.Accept(sent.Number, 5, new byte[32]));
        await file.IsRead.WaitAsync(TimeSpan.FromSeconds(60));
        sent.Stop();
        await file.IsClosed.WaitAsync(TimeSpan.FromSeconds(60));
    }

    /// <summary>A file whose bytes never come.</summary>
    private sealed class EndlessFile : MemoryStream
    {
        private readonly TaskCompletionSource _read = new();
        private readonly TaskCompletionSource _closed = new();

        public Task IsRead => _read.Task;

        public Task IsClosed => _closed.Task;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            _read.TrySetResult();
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return 0;
        }

        protected override void Dispose(bool disposing)
        {
            _closed.TrySetResult();
            base.Dispose(disposing);
        }
    }
}
