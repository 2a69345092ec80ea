using System.Buffers;
using System.Text;
using Malten.Streams.Events;
using Malten.Streams.Feeds;
using Malten.Streams.Limits;
using Malten.Streams.Values;
using Malten.Testing;

namespace Malten.Streams.Tests.Limits;

/// <summary>What signals take that wait, and who hears them where memory is scarce.</summary>
public sealed class SignalShareTests : IDisposable
{
    private static readonly ClientKey Loud = new(1, 1);
    private static readonly ClientKey Quiet = new(2, 2);
    private static readonly StreamName Name = StreamName.Parse("s");
    private static readonly string Emoji = string.Concat(Enumerable.Repeat("\U0001F600", 1024)); // 12 KB as JSON

    private readonly Capacity _capacity = new(new CapacityOptions { MaxMemoryMegabytes = 8 });
    private readonly LocalBroker _broker;

    public SignalShareTests() => _broker = new LocalBroker(_capacity, new FakeTime());

    public void Dispose() => _broker.Dispose();

    [Fact]
    public async Task Where_memory_is_full_of_what_another_said_a_signal_to_all_reaches_all()
    {
        var readers = await ListenAsync(200, number => new ClientKey(100 + number, 100 + number));
        var draft = new Draft { Address = StreamName.Parse("t"), Text = MessageText.Parse("enc2." + new string('A', 5499)), Client = Loud };
        var refused = false;
        for (var i = 0; !refused; i++)
        {
            try
            {
                await _broker.AppendAsync(draft with { Address = StreamName.Parse($"t{i / 1000}") });
            }
            catch (StreamRefusedException)
            {
                refused = true;
            }
        }

        await SayAsync(readers[0]);
        Assert.All(readers, reader => Assert.Equal(1, Heard(reader)));
    }

    [Fact]
    public async Task A_signal_that_waits_for_many_counts_once_and_a_place_for_each()
    {
        var readers = await ListenAsync(100, _ => Quiet);
        foreach (var reader in readers) Heard(reader); // presence
        var before = Held();
        await SayAsync(readers[0]);
        var (bytes, ofQuiet) = (Held().Bytes - before.Bytes, Held().OfQuiet - before.OfQuiet);
        Assert.Equal(bytes, ofQuiet);
        Assert.InRange(bytes, 12_000 + (100 * 96), 13_000 + (100 * 96));
        for (var i = 0; i < 99; i++) Assert.Equal(1, Heard(readers[i]));
        Assert.Equal((before.Bytes + bytes - (99 * 96), before.OfQuiet + bytes - (99 * 96)), Held());
        Assert.Equal(1, Heard(readers[99]));
        Assert.Equal(before, Held());
        await SayAsync(readers[0]);
        foreach (var reader in readers) await reader.DisposeAsync(); // which drops what waits
        Assert.Equal((0, 0), Held());
    }

    private (long Bytes, long OfQuiet) Held() => (_capacity.Bytes, _capacity.Shares.Held(Quiet, Resource.Bytes));

    private async Task<List<FeedReader>> ListenAsync(int count, Func<ulong, ClientKey> client)
    {
        var readers = new List<FeedReader>();
        for (var i = 0UL; i < (ulong)count; i++)
            readers.Add(await _broker.ListenAsync(new ListenRequest { Streams = [Name], Client = client(i) }));
        return readers;
    }

    private ValueTask SayAsync(FeedReader from) => _broker.SignalAsync(
        new Signal { Session = from.Session, Address = Name, Text = MessageText.Parse(Emoji), Client = Quiet });

    /// <summary>How many signals a listener takes now.</summary>
    private static int Heard(FeedReader reader)
    {
        var output = new ArrayBufferWriter<byte>();
        reader.Read(output, 1024 * 1024);
        return Encoding.UTF8.GetString(output.WrittenSpan).Split("\"Type\":\"signal\"").Length - 1;
    }
}
