using System.Net;
using System.Text.Json;

namespace Malten.Testing.Contract;

/// <summary>API.md, "GET /presence".</summary>
public abstract class PresenceContract<THost> : ContractTests<THost> where THost : IContractHost<THost>
{
    [Fact]
    public async Task Nobody_listens_to_an_unknown_stream() =>
        Assert.Equal("""{"Observers":0,"Users":[]}""", (await Api.GetAsync($"/presence?stream={NewName()}")).Ok().GetRawText());

    [Fact]
    public async Task An_observer_is_an_open_connection()
    {
        var stream = NewName();
        await Api.HearAsync(stream, "user=ann");
        Assert.Equal("""{"Observers":1,"Users":[{"User":"ann","Status":"online"}]}""", (await PresenceAsync(stream)).GetRawText());
        await Api.HearAsync(stream);
        var again = await Api.HearAsync(stream, "user=ann"); // counted per connection, not per label
        Assert.Equal(3, (await PresenceAsync(stream)).GetProperty("Observers").GetInt32());
        await again.DisposeAsync();
        await EventuallyAsync(async () => (await PresenceAsync(stream)).GetProperty("Observers").GetInt32() == 2);
    }

    [Theory]
    [InlineData("away")]
    [InlineData("typing")]
    [InlineData("online")]
    public async Task A_session_changes_the_status_of_its_user(string status)
    {
        var stream = NewName();
        var ann = await Api.HearAsync(stream, "user=ann");
        await Api.HearAsync(stream, "user=bob");
        await SetStatusAsync(ann, status == "online" ? "away" : "online");
        await SetStatusAsync(ann, status);
        Assert.Equal(new Dictionary<string, string> { ["ann"] = status, ["bob"] = "online" }, Statuses(await PresenceAsync(stream)));
    }

    [Fact]
    public async Task A_status_is_shown_in_every_stream_of_the_connection()
    {
        var (a, b) = (NewName(), NewName());
        var ann = await Api.ListenAsync($"stream={a}&stream={b}&user=ann");
        await SetStatusAsync(ann, "away");
        Assert.Equal("away", Statuses(await PresenceAsync(a))["ann"]);
        Assert.Equal("away", Statuses(await PresenceAsync(b))["ann"]);
    }

    [Fact]
    public async Task A_session_that_is_not_open_is_403()
    {
        foreach (var session in new[] { "x", "AAAAAAAAAAAAAAAAAAAAAA", new string('a', 10_000) })
            Refused(await Api.PostAsync("/presence", ("session", session), ("status", "away")), HttpStatusCode.Forbidden, "session");
        var listener = await Api.HearAsync(NewName(), "user=ann");
        await SetStatusAsync(listener, "away");
        await listener.DisposeAsync();
        await EventuallyAsync(async () =>
            (await Api.PostAsync("/presence", ("session", listener.Session), ("status", "away"))).Status == HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task Changes_reach_listeners_with_the_same_payload()
    {
        var stream = NewName();
        var listener = await Api.HearAsync(stream, "user=ann");
        var first = await listener.NextPresenceAsync();
        Assert.Equal(["Name", "Observers", "Stream", "Users"], Names(first.Payload).Order());
        Assert.Equal(stream, first.Stream);
        Assert.Null(first.Id);
        await PassAsync(1.1);
        var bob = await Api.HearAsync(stream, "user=bob");
        await SameAsPresenceAsync(listener, stream);
        await PassAsync(1.1);
        await SetStatusAsync(bob, "typing");
        await SameAsPresenceAsync(listener, stream);
        await PassAsync(1.1);
        await bob.DisposeAsync();
        await SameAsPresenceAsync(listener, stream);
    }

    [Fact]
    public async Task At_most_one_change_a_second_is_told()
    {
        Assert.SkipWhen(Host.Time is null, "Needs a clock that can be moved.");
        var stream = NewName();
        var listener = await Api.HearAsync(stream);
        await listener.NextPresenceAsync();
        for (var second = 0; second < 3; second++)
        {
            var more = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => Api.HearAsync(stream, "user=ann")));
            foreach (var status in new[] { "away", "typing", "online", "away" }) await SetStatusAsync(more[0], status);
            Assert.Equal(0, await PresenceEventsAsync(listener, stream));
            await PassAsync(1);
            var told = (await listener.NextPresenceAsync()).Payload.GetProperty("Observers").GetInt32();
            Assert.Equal(1 + ((second + 1) * 5), told); // the last word, not the first
            Assert.Equal(0, await PresenceEventsAsync(listener, stream));
        }
    }

    [Fact]
    public async Task Each_stream_has_a_second_of_its_own()
    {
        var (a, b) = (NewName(), NewName());
        var (ofA, ofB) = (await Api.HearAsync(a), await Api.HearAsync(b));
        await ofA.NextPresenceAsync();
        await ofB.NextPresenceAsync();
    }

    [Fact]
    public async Task A_status_that_does_not_change_is_not_told()
    {
        var stream = NewName();
        var listener = await Api.HearAsync(stream, "user=ann");
        await listener.NextPresenceAsync();
        await PassAsync(2);
        await SetStatusAsync(listener, "online");
        await PassAsync(2);
        Assert.Equal(0, await PresenceEventsAsync(listener, stream));
    }

    private async Task<JsonElement> PresenceAsync(string stream) => (await Api.GetAsync($"/presence?stream={stream}")).Ok();

    private async Task SetStatusAsync(Listener listener, string status)
    {
        var answer = await Api.PostAsync("/presence", ("session", listener.Session), ("status", status));
        Assert.True((int)answer.Status is 200 or 204, answer.Text);
    }

    private async Task SameAsPresenceAsync(Listener listener, string stream)
    {
        var told = (await listener.NextPresenceAsync()).Payload;
        var asked = await PresenceAsync(stream);
        Assert.Equal(asked.GetProperty("Observers").GetInt32(), told.GetProperty("Observers").GetInt32());
        Assert.Equal(Statuses(asked), Statuses(told));
    }

    /// <summary>How many presence events lie between what a listener took last and now.</summary>
    private async Task<int> PresenceEventsAsync(Listener listener, string stream)
    {
        await PostAsync(stream, "now");
        for (var count = 0; ; count++)
            if ((await listener.NextOfAnyKindAsync()).Name != "presence")
                return count;
    }

    private static Dictionary<string, string> Statuses(JsonElement presence) => presence.GetProperty("Users").EnumerateArray()
        .ToDictionary(user => user.GetProperty("User").GetString()!, user => user.GetProperty("Status").GetString()!);
}
