using System.Net;

namespace Malten.Testing.Contract;

/// <summary>API.md, "POST /streams" and "GET /streams".</summary>
public abstract class StreamsContract<THost> : ContractTests<THost> where THost : IContractHost<THost>
{
    [Fact]
    public async Task A_stream_is_begun_by_name()
    {
        var stream = NewName();
        var begun = (await Api.PostAsync("/streams", ("stream", stream))).Created();
        Assert.Equal($$"""{"stream":"{{stream}}","private":false,"ttl":1024,"keep":1024}""", begun.GetRawText());
    }

    [Fact]
    public async Task Its_settings_are_answered()
    {
        var stream = NewName();
        var begun = (await Api.PostAsync("/streams", ("stream", stream), ("private", "true"), ("ttl", "86400"), ("keep", "3"))).Created();
        Assert.Equal($$"""{"stream":"{{stream}}","private":true,"ttl":86400,"keep":3}""", begun.GetRawText());
        Assert.Equal(1, (await Api.PostAsync("/streams", ("ttl", "1"))).Created().GetProperty("ttl").GetInt32());
    }

    [Fact]
    public async Task Without_a_name_it_gets_a_random_one_of_128_bits()
    {
        var names = new HashSet<string>();
        for (var i = 0; i < 20; i++)
            names.Add((await Api.PostAsync("/streams", ("ttl", "1"))).Created().GetProperty("stream").GetString()!);
        Assert.Equal(20, names.Count);
        Assert.All(names, name => Assert.Matches("^[A-Za-z0-9_-]{22}$", name)); // 22 × 6 bits hold 128
        Assert.Equal(20, names.Select(name => name[..6]).Distinct().Count());
    }

    [Fact]
    public async Task A_name_in_use_is_409()
    {
        var (begun, posted) = (NewName(), NewName());
        (await Api.PostAsync("/streams", ("stream", begun))).Created();
        await PostAsync(posted, "a");
        Refused(await Api.PostAsync("/streams", ("stream", begun)), HttpStatusCode.Conflict, "stream");
        Refused(await Api.PostAsync("/streams", ("stream", posted)), HttpStatusCode.Conflict, "stream");
        Assert.Equal(["a"], await ReadAsync(posted));
    }

    [Fact]
    public async Task Of_many_who_begin_a_name_at_once_one_does()
    {
        var stream = NewName();
        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Api.PostAsync("/streams", ("stream", stream))));
        Assert.Single(answers, answer => answer.Status == HttpStatusCode.Created);
        Assert.Equal(15, answers.Count(answer => answer.Status == HttpStatusCode.Conflict));
    }

    [Fact]
    public async Task The_list_says_how_a_stream_is_used()
    {
        var stream = NewName();
        (await Api.PostAsync("/streams", ("stream", stream), ("ttl", "500"))).Created();
        var begun = (await ListAsync(stream)).GetProperty(stream);
        Assert.Equal(["Created", "Updated", "Ttl", "Keep", "Messages", "Observers"], Names(begun));
        Assert.Equal(0, begun.GetProperty("Messages").GetInt32());
        Assert.Equal(0, begun.GetProperty("Created").GetInt64() % 1024);
        Assert.Equal(begun.GetProperty("Created").GetInt64(), begun.GetProperty("Updated").GetInt64());

        await PassAsync(0.1);
        await Api.HearAsync(stream);
        await Api.HearAsync(stream);
        var posted = await PostAsync(stream, "a", "b", "c");
        var used = (await ListAsync(stream)).GetProperty(stream);
        Assert.Equal(begun.GetProperty("Created").GetInt64(), used.GetProperty("Created").GetInt64());
        Assert.Equal(posted[^1], used.GetProperty("Updated").GetInt64());
        Assert.Equal((500, 3, 2), (used.GetProperty("Ttl").GetInt32(), used.GetProperty("Messages").GetInt32(), used.GetProperty("Observers").GetInt32()));
    }

    [Fact]
    public async Task The_most_recently_used_comes_first()
    {
        var prefix = NewName();
        foreach (var one in new[] { "a", "b", "c", "d" })
        {
            (await Api.PostAsync("/streams", ("stream", prefix + one))).Created();
            await PassAsync(0.01);
        }

        Assert.Equal([prefix + "d", prefix + "c", prefix + "b", prefix + "a"], Names(await ListAsync(prefix)));
        await PostAsync(prefix + "b", "x");
        await PassAsync(0.01);
        await PostAsync(prefix + "a", "x");
        Assert.Equal([prefix + "a", prefix + "b", prefix + "d", prefix + "c"], Names(await ListAsync(prefix)));
        Assert.Equal([prefix + "a", prefix + "b"], Names((await Api.GetAsync($"/streams?limit=2&prefix={prefix}")).Ok()));
        (await Api.PostAsync("/streams", ("stream", prefix))).Created();
        await PassAsync(0.01);
        await PostAsync(prefix + "a", "x");
        await PassAsync(0.01);
        await PostAsync(prefix + "b", "x");
        await PassAsync(1); // a list may be a second old
        // The stream whose name is the prefix is found among however many newer ones.
        Assert.Equal([prefix], Names((await Api.GetAsync($"/streams?limit=1&prefix={prefix}")).Ok()));
        Assert.Equal([prefix + "b", prefix], Names((await Api.GetAsync($"/streams?limit=2&prefix={prefix}")).Ok()));
    }

    [Fact]
    public async Task Whoever_has_just_begun_a_stream_finds_it_on_the_same_node()
    {
        await using var here = new Api([Host.Addresses[0]]);
        var prefix = NewName();
        foreach (var name in new[] { prefix + "a", prefix + "b" })
        {
            (await here.PostAsync("/streams", ("stream", name))).Created();
            Assert.Contains(name, Names((await here.GetAsync($"/streams?prefix={prefix}")).Ok()));
        }
    }

    [Fact]
    public async Task Prefix_is_taken_as_it_is()
    {
        var name = NewName("Åß");
        (await Api.PostAsync("/streams", ("stream", name))).Created();
        Assert.Equal([name], Names(await ListAsync(name)));
        Assert.Equal([name], Names(await ListAsync(name[..^1])));
        Assert.Empty(Names(await ListAsync(name.ToUpperInvariant())));
        Assert.Empty(Names(await ListAsync(name[1..])));
        Assert.Empty(Names(await ListAsync(name + "x")));
        Assert.Contains(name, Names(await ListAsync("")));
    }

    [Fact]
    public async Task Limit_is_1024_unless_told()
    {
        var prefix = NewName();
        await Parallel.ForAsync(0, 1025, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, _) =>
            (await Api.PostAsync("/streams", ("stream", prefix + i), ("ttl", "60"))).Created());
        Assert.Equal(1024, Names(await ListAsync(prefix)).Length);
        Assert.Single(Names((await Api.GetAsync($"/streams?limit=1&prefix={prefix}")).Ok()));
    }
}
