namespace Malten.Testing.Contract;

/// <summary>Exactly once, in order: listeners that come and go while others post, over real HTTP.</summary>
public abstract class OrderContract<THost> : ContractTests<THost> where THost : IContractHost<THost>
{
    private const string SeedVariable = "MALTEN_TEST_SEED";
    private const string End = "end";

    [Fact]
    public async Task Nothing_is_lost_or_repeated_and_all_see_one_order()
    {
        const int Posters = 4;
        const int PostsEach = 240;
        var seed = Seed();
        string[] streams = [NewName(), NewName(), NewName()];
        var hearing = Enumerable.Range(0, 8).Select(number => ComeAndGoAsync(streams, new Random(seed + number))).ToArray();
        await Task.WhenAll(Enumerable.Range(0, Posters).Select(async poster =>
        {
            var random = new Random(seed - 1 - poster);
            for (var i = 0; i < PostsEach; i++) await PostAsync(streams[random.Next(streams.Length)], $"{poster}.{i}");
        }));
        foreach (var stream in streams) await PostAsync(stream, End);

        var orders = new Dictionary<string, string[]>();
        foreach (var stream in streams) orders[stream] = await ReadAsync(stream);
        Assert.Equal((Posters * PostsEach) + streams.Length, orders.Values.Sum(order => order.Length));
        foreach (var order in orders.Values)
            for (var poster = 0; poster < Posters; poster++)
            {
                var own = order.Where(text => text.StartsWith($"{poster}.", StringComparison.Ordinal)).Select(text => int.Parse(text[2..], null)).ToArray();
                Assert.Equal(own.Order(), own); // what one posts after the other comes after it
            }

        foreach (var heard in await Task.WhenAll(hearing))
            Assert.All(streams, stream => Assert.Equal(orders[stream], heard[stream]));
    }

    [Fact]
    public async Task What_is_lost_because_it_is_not_held_is_told_as_a_gap()
    {
        const int Posts = 3000;
        var stream = NewName();
        var random = new Random(Seed());
        var posted = 0;
        var posting = PostAllAsync();
        var (last, cursor, gaps) = (0, "0", 0);
        while (last < Posts)
        {
            var listener = await Api.HearAsync(stream, lastEventId: cursor);
            var gap = false;
            for (var stay = random.Next(5, 300); stay > 0 && last < Posts; stay--)
            {
                var heard = await listener.NextAsync();
                if (heard.Name == "gap")
                {
                    gap = true;
                    gaps++;
                    continue;
                }

                var number = int.Parse(heard.Text, null);
                Assert.True(gap ? number > last : number == last + 1, $"After {last} came {number}, gap: {gap}.");
                (last, gap, cursor) = (number, false, heard.Id!);
            }

            await listener.DisposeAsync();
            var away = last + random.Next(700, 1500);
            while (!posting.IsCompleted && Volatile.Read(ref posted) <= away) await Task.Delay(5); // each post has its own limit
        }

        await posting;
        Assert.NotEqual(0, gaps);

        async Task PostAllAsync()
        {
            while (posted < Posts) await PostManyAsync(stream, 1, first: ++posted);
        }
    }

    /// <summary>Listens to all streams in an order of its own, for a while, goes, comes back with its cursor, until each has ended.</summary>
    private async Task<Dictionary<string, List<string>>> ComeAndGoAsync(string[] streams, Random random)
    {
        var heard = streams.ToDictionary(stream => stream, _ => new List<string>());
        var query = string.Join('&', random.GetItems(streams, 1).Concat(streams).Distinct().Select(stream => $"stream={stream}"));
        var cursor = "0";
        while (heard.Values.Any(texts => texts is not [.., End]))
        {
            var listener = await Api.ListenAsync(query, cursor);
            for (var stay = random.Next(1, 120); stay > 0 && heard.Values.Any(texts => texts is not [.., End]); stay--)
            {
                var next = await listener.NextAsync();
                Assert.True(next.Type == "message", $"{next.Json}"); // all is held: there must be no gap
                heard[next.Stream].Add(next.Text);
            }

            cursor = listener.LastId ?? cursor;
            await listener.DisposeAsync();
        }

        return heard;
    }

    /// <summary>A seed, said in the test's output; the variable repeats one.</summary>
    private static int Seed()
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable(SeedVariable), out var given) ? given : Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"{SeedVariable}={seed}");
        return seed;
    }
}
