using Malten.Streams.Events;
using Malten.Streams.Feeds;
using Malten.Streams.Life;
using Malten.Streams.Limits;
using Malten.Streams.Values;

namespace Malten.Testing;

/// <content>Shares: when there is no room, whoever holds most gives way.</content>
public abstract partial class BrokerSuite<THost>
{
    private static readonly ClientKey Loud = new(1, 1);
    private static readonly ClientKey Quiet = new(2, 2);

    [Fact]
    public async Task Where_one_client_has_filled_the_memory_another_posts()
    {
        await RestartAsync(new CapacityOptions { MaxMemoryMegabytes = 1 });
        await FillAsync();
        for (var i = 0; i < 40; i++) await PostAsAsync(Quiet, $"quiet{i % 10}", $"{i}");
        for (var i = 0; i < 10; i++)
            Assert.Equal(4, (await Broker.ReadAsync(new PageRequest(StreamName.Parse($"quiet{i}"), 1024))).Count);
        await Host.AdvanceAsync(TimeSpan.FromSeconds(1025));
        Assert.Equal(0, Host.BytesHeld);
    }

    [Fact]
    public async Task Where_one_client_has_begun_all_streams_another_begins_one()
    {
        await RestartAsync(new CapacityOptions { MaxStreams = 4 });
        for (var i = 0; i < 60; i++)
            await Record.ExceptionAsync(() => Broker.CreateAsync(Settings(Loud, $"loud{i}")).AsTask());
        await RefusedAsync(Refusal.Full, () => Broker.CreateAsync(Settings(Loud, "more")).AsTask());
        var full = Host.StreamsHeld;
        await Broker.CreateAsync(Settings(Quiet, "begun"));
        await PostAsAsync(Quiet, "posted", "a");
        var listed = (await Broker.ListAsync("", 1024)).Select(listing => listing.Name).ToList();
        Assert.Contains("begun", listed);
        Assert.Equal(full, Host.StreamsHeld);
        Assert.Equal(full - 2, listed.Count(name => name.StartsWith("loud", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Where_one_client_has_filled_the_memory_another_sends_commands()
    {
        await RestartAsync(new CapacityOptions { MaxMemoryMegabytes = 1 });
        await using var listener = await ListenAsync();
        await FillAsync();
        var prompts = Enumerable.Range(0, 5).Select(i => $"{i} {new string('漢', 1000)}").ToList();
        foreach (var prompt in prompts) await Broker.SendCommandAsync(Name, prompt, Quiet);
        await listener.UntilAsync($"[command {prompts[^1]}]");
        Assert.Equal(prompts.Select(prompt => $"[command {prompt}]"), listener.Said);
    }

    /// <summary>One client posts until every node is full.</summary>
    private async Task FillAsync()
    {
        var refusals = 0;
        for (var i = 0; refusals < 30; i++)
        {
            if (await Record.ExceptionAsync(() => PostAsAsync(Loud, $"loud{i % 30}", new string('x', 1000))) is not { } refused) continue;
            Assert.Equal(Refusal.Full, Assert.IsType<StreamRefusedException>(refused).Refusal);
            refusals++;
        }
    }

    private Task<Frame> PostAsAsync(ClientKey client, string stream, string text) => Broker.AppendAsync(
        new Draft { Address = StreamName.Parse(stream), Text = MessageText.Parse(text), Client = client }).AsTask();

    private static StreamSettings Settings(ClientKey client, string stream) =>
        new(StreamName.Parse(stream), false, TimeToLive.Default) { Client = client };
}
