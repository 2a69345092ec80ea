using Malten.Grains.Interfaces;
using Malten.Streams.Events;
using Malten.Streams.Listeners;
using Malten.Streams.Values;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;

namespace Malten.Cluster.Tests.Replicas;

/// <summary>What nodes tell each other of who listens, as it arrives.</summary>
public sealed class SurrogateTests : IDisposable
{
    private readonly ServiceProvider _services =
        new ServiceCollection().AddSerializer(serializer => serializer.AddAssembly(typeof(IStreamGrain).Assembly)).BuildServiceProvider();

    public void Dispose() => _services.Dispose();

    [Fact]
    public void A_frame_says_for_whom_it_is_not()
    {
        var frame = FrameEncoder.Encode(new Notice { Name = NoticeName.Presence, Observers = 1, Users = [] }, Timestamp.None);
        foreach (var except in new[] { Audience.Nobody, Audience.Thousands, Audience.Few | Audience.Hundreds })
        {
            var come = Sent(frame with { Except = except });
            Assert.Equal((except, frame.Kind), (come.Except, come.Kind));
            Assert.Equal(frame.Bytes, come.Bytes);
        }
    }

    [Fact]
    public void A_report_says_how_many_listen_in_each_audience()
    {
        var presence = new Presence(1000, [new PresentUser("ann", PresenceStatus.Away)]) { Listeners = ["one"] };
        foreach (var crowds in new[] { new Dictionary<Audience, int>(), new() { [Audience.Dozens] = 9, [Audience.Thousands] = 980 } })
        {
            var come = Sent(new NodePresence(presence, 1, 2, 3) { Crowds = crowds, Joined = 7 });
            Assert.Equal(crowds, come.Crowds);
            Assert.Equal(7, come.Joined);
            Assert.Equal((1000, 1, 2, 3L), (come.Presence.Observers, come.AtFirstSeat, come.AtSecondSeat, come.Number));
            Assert.Equal(presence.Users, come.Presence.Users);
            Assert.Equal(presence.Listeners, come.Presence.Listeners);
        }
    }

    private T Sent<T>(T message)
    {
        var serializer = _services.GetRequiredService<Serializer<T>>();
        return serializer.Deserialize(serializer.SerializeToArray(message));
    }
}
