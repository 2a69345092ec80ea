using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;
using Malten.Streams.Feeds;

namespace Malten.Streams.Tests.Feeds;

/// <summary>Readers that wait are woken in rounds, a long one by several threads at once; none is forgotten.</summary>
public sealed partial class WakingTests : StreamTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(1)]
    [InlineData(128)]
    [InlineData(129)]
    [InlineData(2000)]
    public async Task Every_reader_hears_every_message_in_order_however_rounds_and_posts_fall_together(int readers)
    {
        const int posts = 300;
        var stream = NewStream();
        var read = Enumerable.Range(0, readers).Select(_ => ReadAllAsync(Read(stream), posts)).ToList();
        for (var i = 0; i < posts; i++)
        {
            Post(stream, $"({i})");
            if (i % 7 == 0) await Task.Yield();
        }

        var all = Enumerable.Range(0, posts).Select(i => $"({i})");
        foreach (var texts in await Task.WhenAll(read).WaitAsync(Patience)) Assert.Equal(all, texts);
    }

    [Fact]
    public async Task A_round_whose_readers_have_all_left_is_not_the_last()
    {
        var stream = NewStream();
        for (var i = 0; i < 50; i++)
        {
            for (var busy = 0; busy < 4 * Environment.ProcessorCount; busy++) // the round has to wait for a thread
                ThreadPool.UnsafeQueueUserWorkItem(static _ => Thread.SpinWait(20_000), null);
            var leaving = Read(stream);
            Assert.False(leaving.WaitAsync().AsTask().IsCompleted);
            Post(stream, "(a)");
            await leaving.DisposeAsync();
            await Task.Factory.StartNew(static () => { }, TaskCreationOptions.PreferFairness); // its turn comes after the round
            await using var reader = Read(stream);
            var wait = reader.WaitAsync().AsTask();
            Post(stream, "(b)");
            await wait.WaitAsync(Patience);
            Assert.Equal(["(b)"], Texts(reader));
        }
    }

    [GeneratedRegex(@"\([a-z0-9]+\)")]
    private static partial Regex Text();

    private static async Task<IReadOnlyList<string>> ReadAllAsync(FeedReader reader, int posts)
    {
        await using var open = reader;
        var texts = new List<string>();
        while (texts.Count < posts)
        {
            await reader.WaitAsync();
            texts.AddRange(Texts(reader));
        }

        return texts;
    }

    private static IEnumerable<string> Texts(FeedReader reader)
    {
        var output = new ArrayBufferWriter<byte>();
        reader.Read(output, 64 * 1024);
        return [.. Text().Matches(Encoding.UTF8.GetString(output.WrittenSpan)).Select(match => match.Value)];
    }
}
