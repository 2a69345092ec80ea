using System.Buffers;
using Malten.Streams.Feeds;
using Malten.Streams.Life;
using Malten.Streams.Values;

namespace Malten.Streams.Tests.Limits;

/// <summary>What is left of listeners in a stream that stays in use: they are counted to nobody any more.</summary>
[Collection(nameof(Undisturbed))]
public sealed class LeftMemoryTests : StreamTests
{
    private const int Streams = 8;
    private const int MostLeft = 16 * 1024; // in each stream

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(20)]
    public async Task Listeners_that_have_left_a_stream_leave_next_to_nothing_there(int stay)
    {
        var streams = Enumerable.Range(0, Streams).Select(i => NewStream(StreamName.Parse($"s{i}"))).ToList();
        foreach (var stream in streams) Post(stream, "x");
        var staying = streams.SelectMany(stream => Enumerable.Range(0, stay).Select(i => Join(stream, i))).ToList();
        await ComeAndGoAsync(NewStream("x")); // what the process keeps of it
        var before = GC.GetTotalMemory(true);
        foreach (var stream in streams) await ComeAndGoAsync(stream);
        Assert.InRange((GC.GetTotalMemory(true) - before) / Streams, long.MinValue, MostLeft);
        streams.Clear(); // until here they are in use, and for the next of these tests they are gone
        staying.Clear();
    }

    private static async Task ComeAndGoAsync(MessageStream stream)
    {
        var readers = Enumerable.Range(100, 4000).Select(i => Join(stream, i)).ToList();
        for (var round = 0; round < 2; round++)
        {
            foreach (var reader in readers) reader.Read(new ArrayBufferWriter<byte>(), int.MaxValue);
            var waits = readers.Select(reader => reader.WaitAsync().AsTask()).ToList();
            Post(stream, $"{round}");
            await Task.WhenAll(waits);
        }

        foreach (var reader in readers) await reader.DisposeAsync();
    }

    private static FeedReader Join(MessageStream stream, int client)
    {
        var reader = new FeedReader(Secret.New(), [stream.Name], left =>
        {
            stream.Leave(left.Session);
            return ValueTask.CompletedTask;
        })
        { Client = new ClientKey((ulong)client + 1, (ulong)(client / 256) + 100_000) };
        stream.Join(reader, new StreamAddress(stream.Name, null), null, null);
        return reader;
    }
}
