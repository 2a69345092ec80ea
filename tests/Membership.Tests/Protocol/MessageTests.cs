using System.Text.Json;
using Malten.Membership.Protocol;

namespace Malten.Membership.Tests.Protocol;

public class MessageTests
{
    private static readonly Generation Generation = new(7, Guid.NewGuid());
    private static readonly Ballot Ballot = new(3, Guid.NewGuid());
    private static readonly Incarnation Life = new(2, Guid.NewGuid());

    [Fact]
    public void Every_request_arrives_as_it_was_sent()
    {
        Request[] requests =
        [
            new Query(),
            new Prepare(Ballot),
            new Accept(Generation, Ballot, Entry.Empty),
            new Accept(Generation, Ballot, Entry.Empty.Append(Guid.NewGuid(), [0, 255])),
            new Recover(1, Life),
            new FoundGeneration(Generation, [Life, Incarnation.None]),
        ];
        foreach (var request in requests)
        {
            var sent = JsonSerializer.Serialize(request, MessageJson.Default.Request);
            var arrived = JsonSerializer.Deserialize(sent, MessageJson.Default.Request);
            Assert.Equal(request.GetType(), arrived!.GetType());
            Assert.Equal(sent, JsonSerializer.Serialize(arrived, MessageJson.Default.Request));
        }
    }

    [Fact]
    public void A_register_never_written_to_arrives_without_a_value()
    {
        var state = AcceptorState.Forgotten(1, 3, Life.Id) with { Generation = Generation, Promise = Ballot };
        var sent = new Reply(true, state);
        var text = JsonSerializer.Serialize(sent, MessageJson.Default.Reply);
        var arrived = JsonSerializer.Deserialize(text, MessageJson.Default.Reply)!;
        Assert.Null(arrived.State.Entry.Value);
        Assert.Equal((Generation, Ballot), (arrived.State.Generation, arrived.State.Promise));
        Assert.Equal(sent.State.Known, arrived.State.Known);
        Assert.Equal(sent.State.Incarnation, arrived.State.Incarnation);
    }
}
