using Malten.Streams.Events;
using Malten.Streams.Feeds;
using Malten.Streams.Life;
using Malten.Streams.Limits;
using Malten.Streams.Values;
using Malten.Testing;

namespace Malten.Streams.Tests.Limits;

/// <summary>Whatever clients do, in whatever order and at once: what is counted to them is what is held, and nothing in the end.</summary>
public sealed class ShareCountTests
{
    private readonly FakeTime _time = new();
    private readonly Capacity _capacity = new(new CapacityOptions { MaxStreams = 30, MaxListeners = 12, MaxMemoryMegabytes = 1 });

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task One_after_another(int seed)
    {
        using var broker = new LocalBroker(_capacity, _time);
        var random = new Random(seed);
        var readers = new List<FeedReader>();
        for (var step = 0; step < 4000; step++)
        {
            await StepAsync(broker, random, readers);
            if (random.Next(50) == 0) _time.Advance(TimeSpan.FromSeconds(random.Next(20)));
            Assert.Equal(_capacity.Streams, Sum(Resource.Streams));
            Assert.Equal(_capacity.Listeners, Sum(Resource.Listeners));
            Assert.InRange(Sum(Resource.Bytes), 0, _capacity.Bytes);
        }

        await EndAsync(readers);
    }

    [Fact]
    public async Task At_once()
    {
        using var broker = new LocalBroker(_capacity, _time);
        var all = new List<FeedReader>[8];
        await Parallel.ForAsync(0, all.Length, async (worker, _) =>
        {
            var random = new Random(worker);
            all[worker] = [];
            for (var step = 0; step < 2000; step++) await StepAsync(broker, random, all[worker]);
        });
        await EndAsync(all.SelectMany(readers => readers));
    }

    private static async Task StepAsync(LocalBroker broker, Random random, List<FeedReader> readers)
    {
        var client = new ClientKey((ulong)random.Next(12), (ulong)random.Next(3));
        var name = StreamName.Parse($"s{random.Next(40)}");
        var span = TimeToLive.FromSeconds(random.Next(1, 60));
        try
        {
            switch (random.Next(20))
            {
                case < 12:
                    await broker.AppendAsync(new Draft
                    {
                        Address = new StreamAddress(name, null), Client = client, Text = MessageText.Parse("enc2." + new string('A', random.Next(6000))),
                        Id = random.Next(3) == 0 ? new Guid(random.Next(100), 0, 0, new byte[8]) : null,
                    });
                    break;
                case < 14:
                    await broker.CreateAsync(new StreamSettings(name, false, span) { Client = client });
                    break;
                case < 15:
                    await broker.CreatePipeAsync(span, client);
                    await broker.SendCommandAsync(new StreamAddress(name, null), new string('x', random.Next(1, 1024)), client);
                    break;
                case < 18:
                    readers.Add(await broker.ListenAsync(new ListenRequest { Streams = [new StreamAddress(name, null)], Client = client }));
                    break;
                default:
                    if (readers.Count == 0) break;
                    var index = random.Next(readers.Count);
                    await readers[index].DisposeAsync();
                    readers.RemoveAt(index);
                    break;
            }
        }
        catch (StreamRefusedException)
        {
            // changes nothing, which the counts show
        }
    }

    private async Task EndAsync(IEnumerable<FeedReader> readers)
    {
        foreach (var reader in readers) await reader.DisposeAsync();
        _time.Advance(TimeSpan.FromDays(2));
        Assert.Equal((0, 0, 0), (_capacity.Streams, _capacity.Listeners, _capacity.Bytes));
        Assert.Equal((0, 0), (_capacity.Shares.Clients, _capacity.Shares.Networks));
    }

    private long Sum(Resource resource) => (from client in Enumerable.Range(0, 12)
                                            from network in Enumerable.Range(0, 3)
                                            select _capacity.Shares.Held(new ClientKey((ulong)client, (ulong)network), resource)).Sum();
}
