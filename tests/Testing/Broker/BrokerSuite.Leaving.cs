namespace Malten.Testing;

/// <content>Crowds that leave a stream whose listeners are named.</content>
public abstract partial class BrokerSuite<THost>
{
    private const int Crowd = 200;

    [Fact]
    public async Task Each_of_a_crowd_that_leaves_at_once_is_told_without_a_gap()
    {
        await KeepAsync(0);
        var staying = await Task.WhenAll(Host.Brokers.Select(broker => ListenAsync(broker)));
        var crowd = await Task.WhenAll(Enumerable.Range(0, Crowd).Select(i => ListenAsync(Host.Brokers[i % Host.Brokers.Count])));
        foreach (var broker in Host.Brokers)
            await Eventually.IsSoAsync(async () => (await broker.GetPresenceAsync(Name)).Observers == Crowd + staying.Length);
        await Host.AdvanceAsync(TimeSpan.FromSeconds(2)); // who is there is told once a second
        foreach (var listener in staying)
            await listener.UntilAsync(listening => listening.Heard.Any(heard =>
                heard.Said == "[presence]" && heard.Payload.GetProperty("Observers").GetInt32() == Crowd + staying.Length));
        await Task.WhenAll(crowd.Select(listener => listener.DisposeAsync().AsTask()));
        await Eventually.IsSoAsync(async () => (await Broker.GetPresenceAsync(Name)).Observers == staying.Length);
        var gone = crowd.Select(listener => listener.Reader.Listener).Order().ToList();
        foreach (var listener in staying)
        {
            await listener.UntilAsync(listening => Left(listening).Count() >= Crowd);
            Assert.Equal(gone, Left(listener).Order());
            Assert.DoesNotContain("[gap]", listener.Said);
        }

        foreach (var listener in staying) await listener.DisposeAsync();

        static IEnumerable<string> Left(Listening listening) => listening.Heard.Where(heard => heard.Said.StartsWith("[left", StringComparison.Ordinal))
            .Select(heard => heard.Payload.GetProperty("Listener").GetString()!);
    }
}
