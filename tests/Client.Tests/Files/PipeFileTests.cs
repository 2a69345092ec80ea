using System.Security.Cryptography;
using Malten.Testing;
using Microsoft.AspNetCore.Builder;

namespace Malten.Client.Tests;

/// <summary>Files over real pipes: connections that break and nodes that die cost nothing that has come.</summary>
public sealed class PipeFileTests : ClientTests, IDisposable
{
    private const int Size = 12_000_000;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("malten-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_connection_that_breaks_in_the_middle_costs_nothing()
    {
        var (breaks, bytes) = (new CancellationTokenSource(), 0L);
        var node = await StartNodeAsync(new NodeSettings
        {
            Before = app => app.Use(async (context, next) =>
            {
                using var cut = context.Request.Path == "/bytes" ? breaks.Token.UnsafeRegister(_ => context.Abort(), null) : default;
                var request = context.Request;
                if (request is { Path.Value: "/bytes", Method: "POST" }) request.Body = new Counted(request.Body, count => Interlocked.Add(ref bytes, count));
                await next(context);
            }),
        });
        await TransferAsync(await OpenAsync(NewClient(node), NewClient(node)), async () =>
        {
            var broken = breaks;
            breaks = new CancellationTokenSource();
            await broken.CancelAsync();
        });
        Assert.InRange(Interlocked.Read(ref bytes), Size, 1.5 * Size); // what had not been acknowledged is sent again, and no more
    }

    [Fact]
    public async Task A_node_that_dies_in_the_middle_costs_nothing()
    {
        var nodes = await StartNodesAsync(2);
        await TransferAsync(await OpenAsync(NewClient(nodes), NewClient(nodes[1], nodes[0])), () => nodes[0].KillAsync());
    }

    [Fact]
    public async Task Whoever_leaves_in_the_middle_leaves_the_other_side_with_a_part_that_has_another_name()
    {
        var client = NewClient(await StartNodeAsync());
        var (inviter, joiner) = await OpenAsync(client, client);
        var (files, others) = (Use(inviter.TransferFiles()), Use(joiner.TransferFiles()));
        files.Offer(FileActs.File("a", new byte[Size]));
        var offer = await others.NextOfferAsync();
        var saving = offer.SaveAsync(_folder.FullName);
        await Eventually.IsSoAsync(() => offer.Transferred > 0);
        offer.Pause();
        await inviter.LeaveAsync();
        Assert.Equal(FileFault.Lost, await saving.FaultAsync());
        Assert.EndsWith(".malten-part", Assert.Single(_folder.GetFiles()).Name, StringComparison.Ordinal);
        Assert.Empty(await others.ListenAsync().ToListAsync());
    }

    [Fact]
    public async Task Files_are_transferred_once_the_pipe_is_open_and_over_one_channel()
    {
        var client = NewClient(await StartNodeAsync());
        await using var pipe = await client.InviteAsync();
        Assert.Throws<InvalidOperationException>(pipe.TransferFiles);
        var (inviter, _) = await OpenAsync(client, client);
        Use(inviter.TransferFiles());
        Assert.Throws<InvalidOperationException>(inviter.TransferFiles);
    }

    [Fact]
    public async Task Whoever_gives_files_up_says_so_and_the_other_side_does_not_take_it_for_the_end_of_what_is_offered()
    {
        var client = NewClient(await StartNodeAsync());
        var (inviter, joiner) = await OpenAsync(client, client);
        var (files, others) = (Use(inviter.TransferFiles()), Use(joiner.TransferFiles()));
        var sent = others.Offer(FileActs.File("a", new byte[Size]))[0];
        await files.NextOfferAsync();
        await files.DisposeAsync();
        Assert.Equal(FileFault.Lost, await sent.Completion.FaultAsync());
        var why = await Assert.ThrowsAsync<TransferStoppedException>(() => others.ListenAsync().ToListAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Equal("The other side can't go on, and has stopped the transfer.", why.Message);
    }

    [Fact]
    public async Task Whoever_is_sent_what_is_no_file_says_so()
    {
        var client = NewClient(await StartNodeAsync());
        var (inviter, joiner) = await OpenAsync(client, client);
        var files = Use(inviter.TransferFiles());
        var (source, receiving) = (new System.IO.Pipelines.Pipe(), joiner.ReceiveBytesAsync(Stream.Null, 1));
        var sending = joiner.SendBytesAsync(source.Reader.AsStream(), 1);
        await source.Writer.WriteAsync(Enumerable.Repeat((byte)0xFF, 100).ToArray());
        await Assert.ThrowsAsync<InvalidDataException>(() => files.ListenAsync().ToListAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30)));
        foreach (var end in (Task[])[sending, receiving]) await Assert.ThrowsAsync<TransferStoppedException>(() => end.WaitAsync(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task Whoever_has_said_all_about_files_goes_without_another_word()
    {
        using var handler = new InterceptingHandler();
        var (node, posts) = (await StartNodeAsync(), 0);
        handler.Before = request =>
        {
            if (request.RequestUri!.AbsolutePath == "/messages" && request.Method == HttpMethod.Post) Interlocked.Increment(ref posts);
            return null;
        };
        var (inviter, joiner) = await OpenAsync(NewClient(Options(node) with { Handler = handler }), NewClient(node));
        var (files, others) = (Use(inviter.TransferFiles()), Use(joiner.TransferFiles()));
        others.Offer(FileActs.File("a", new byte[10]));
        (await files.NextOfferAsync()).Decline();
        await files.CompleteAsync().WaitAsync(TimeSpan.FromSeconds(60));
        var before = Volatile.Read(ref posts);
        await files.DisposeAsync();
        Assert.Equal(before, Volatile.Read(ref posts));
    }

    private async Task TransferAsync((EncryptedPipe Inviter, EncryptedPipe Joiner) pipes, Func<Task> disturb)
    {
        var (files, others) = (Use(pipes.Joiner.TransferFiles()), Use(pipes.Inviter.TransferFiles()));
        var content = RandomNumberGenerator.GetBytes(Size);
        var sent = files.Offer(FileActs.File("a", content))[0];
        var offer = await others.NextOfferAsync();
        var saving = offer.SaveAsync(_folder.FullName);
        await Eventually.IsSoAsync(() => offer.Transferred > Size / 4);
        offer.Pause();
        await disturb();
        Assert.False(saving.IsCompleted);
        offer.Resume();
        var path = await saving.WaitAsync(TimeSpan.FromSeconds(60));
        await sent.Completion.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(sent.Sha256, Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(path))));
        await files.CompleteAsync().WaitAsync(TimeSpan.FromSeconds(60));
    }

    private async Task<(EncryptedPipe Inviter, EncryptedPipe Joiner)> OpenAsync(MaltenClient one, MaltenClient other)
    {
        var inviter = Use(await one.InviteAsync());
        var joiner = Use(other.Join(inviter.Link!));
        var (ann, bob) = (Use(new Listener(inviter.ListenAsync)), Use(new Listener(joiner.ListenAsync)));
        await bob.NextAsync<PipeOpened>();
        await ann.NextAsync<PipeOpened>();
        return (inviter, joiner);
    }

    /// <summary>Counts what is read from a stream.</summary>
    private sealed class Counted(Stream inner, Action<int> count) : MemoryStream
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = await inner.ReadAsync(buffer, cancellationToken);
            count(read);
            return read;
        }
    }
}
