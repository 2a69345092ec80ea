using System.Net;

namespace Malten.Testing.Contract;

/// <summary>API.md, "POST /streams": how many messages the servers hold.</summary>
public abstract class KeepContract<THost> : ContractTests<THost> where THost : IContractHost<THost>
{
    [Theory]
    [InlineData("-1")]
    [InlineData("1025")]
    [InlineData("abc")]
    [InlineData("1.5")]
    [InlineData("99999999999999999999")]
    public async Task Keep_is_a_number_from_0_to_1024(string keep)
    {
        var stream = NewName();
        Refused(await Api.PostAsync("/streams", ("stream", stream), ("keep", keep)), HttpStatusCode.BadRequest, "keep");
        foreach (var allowed in new[] { "0", "1024" })
            Assert.Equal(allowed, (await Api.PostAsync("/streams", ("stream", stream + allowed), ("keep", allowed)))
                .Created().GetProperty("keep").GetRawText());
        Refused(await Api.PostAsync("/streams", ("stream", stream + "0"), ("keep", "5")), HttpStatusCode.Conflict, "stream");
    }

    [Fact]
    public async Task The_newest_are_held()
    {
        var stream = NewName();
        (await Api.PostJsonAsync("/streams", $$"""{"stream":"{{stream}}","keep":2}""")).Created();
        var posted = await PostManyAsync(stream, 4);
        Assert.Equal(["3", "4"], await ReadAsync(stream));
        var listed = (await ListAsync(stream)).GetProperty(stream);
        Assert.Equal((2, 2, posted[^1]), (listed.GetProperty("Keep").GetInt32(), listed.GetProperty("Messages").GetInt32(),
            listed.GetProperty("Updated").GetInt64()));
        var listener = await Api.HearAsync(stream, $"last={posted[0]}");
        await listener.HearsEventAsync("gap");
        await listener.HearsAsync("3", "4");
    }

    [Fact]
    public async Task With_none_held_a_message_goes_to_who_listens_now()
    {
        var stream = NewName();
        (await Api.PostAsync("/streams", ("stream", stream), ("keep", "0"))).Created();
        var listeners = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Api.HearAsync(stream)));
        var posted = await PostManyAsync(stream, 100);
        var texts = Enumerable.Range(1, 100).Select(number => $"{number}").ToArray();
        foreach (var listener in listeners) await listener.HearsAsync(texts);
        for (var node = 0; node < Host.Addresses.Count; node++) Assert.Empty(await ReadAsync(stream));

        var whole = await Api.HearAsync(stream, lastEventId: listeners[0].LastId);
        var missed = await Api.HearAsync(stream, $"last={posted[^2]}");
        await missed.HearsEventAsync("gap");
        await PostAsync(stream, "end");
        await whole.HearsAsync("end");
        await missed.HearsAsync("end");
    }

    [Fact]
    public async Task With_none_held_listeners_are_named_and_those_who_go()
    {
        var (stream, other) = (NewName(), NewName());
        (await Api.PostAsync("/streams", ("stream", stream), ("keep", "0"))).Created();
        var staying = await Api.ListenAsync($"stream={other}&stream={stream}"); // one handle for all that it hears
        var going = await Api.HearAsync(stream);
        await EventuallyAsync(async () => (await Api.GetAsync($"/presence?stream={stream}")).Ok() is var presence
            && presence.GetProperty("Listeners").EnumerateArray().Select(one => one.GetString()!).Order()
                .SequenceEqual(new[] { staying.Handle, going.Handle }.Order()));
        await going.DisposeAsync();
        var left = await staying.HearsEventAsync("left");
        Assert.Equal((stream, going.Handle), (left.Stream, left.Payload.GetProperty("Listener").GetString()));
        Assert.Equal(["Name", "Stream", "Listener"], Names(left.Payload));
        Assert.Null(left.Id);
        Assert.False((await Api.GetAsync($"/presence?stream={other}")).Ok().TryGetProperty("Listeners", out _));
    }

    [Fact]
    public async Task A_message_that_is_not_held_is_answered_as_any()
    {
        var stream = NewName();
        (await Api.PostAsync("/streams", ("stream", stream), ("keep", "0"))).Created();
        var listener = await Api.HearAsync(stream);
        var id = Guid.NewGuid().ToString();
        var first = (await Api.PostAsync("/messages", ("stream", stream), ("message", "a"), ("id", id))).Ok().GetRawText();
        var again = (await Api.PostAsync("/messages", ("stream", stream), ("message", "a"), ("id", id))).Ok().GetRawText();
        Assert.Equal(first, again);
        Assert.Equal(first, (await listener.NextAsync()).Payload.GetRawText());
        await PostAsync(stream, "b");
        await listener.HearsAsync("b");
    }
}
