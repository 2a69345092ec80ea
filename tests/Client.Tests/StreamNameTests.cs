using Malten.Testing;

namespace Malten.Client.Tests;

/// <summary>A name that is empty, as of a variable that was never set, means no stream: to nodes it would be the public hall.</summary>
public sealed class StreamNameTests : ClientTests
{
    [Theory]
    [InlineData("")]
    [InlineData(null)]
    public async Task Without_a_name_nothing_is_asked_of_a_node(string? none)
    {
        using var handler = new InterceptingHandler();
        var client = NewClient(Options(await StartNodeAsync()) with { Handler = handler });
        await RefusesAsync("stream", async () => await client.PostAsync(none!, "secret"));
        await RefusesAsync("stream", async () => await client.ReadAsync(none!).ToListAsync());
        await RefusesAsync("streams", async () => await client.ListenAsync(none!).FirstAsync());
        await RefusesAsync("streams", async () => await client.ListenAsync(["s", none!]).FirstAsync());
        await RefusesAsync("stream", async () => await client.GetPresenceAsync(none!));
        await RefusesAsync("stream", async () => await client.SendCommandAsync(none!, "Well?"));
        await RefusesAsync("stream", async () => await client.AskAsync(none!, "Well?").ToListAsync());
        await RefusesAsync("stream", () => client.SignalAsync("session", none!, "psst"));
        await RefusesAsync("session", () => client.SignalAsync(none!, "s", "psst"));
        Assert.Empty(handler.Requests);
    }

    [Fact]
    public async Task An_empty_addressee_is_nobody_and_an_empty_name_to_begin_none()
    {
        using var handler = new InterceptingHandler();
        var client = NewClient(Options(await StartNodeAsync()) with { Handler = handler });
        await RefusesAsync("to", () => client.SignalAsync("session", "s", "for one alone", ""));
        await RefusesAsync("options", async () => await client.BeginStreamAsync(new BeginStreamOptions { Stream = "" }));
        Assert.Empty(handler.Requests);
    }

    private static async Task RefusesAsync(string parameter, Func<Task> call) =>
        Assert.Equal(parameter, (await Assert.ThrowsAnyAsync<ArgumentException>(call)).ParamName);
}
