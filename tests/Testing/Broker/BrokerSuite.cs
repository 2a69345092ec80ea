using System.Text.Json;
using Malten.Streams;
using Malten.Streams.Events;
using Malten.Streams.Feeds;
using Malten.Streams.Life;
using Malten.Streams.Limits;
using Malten.Streams.Values;

namespace Malten.Testing;

/// <summary>The rules of streams, as every broker must keep them. A broker's tests derive from this and give the host.</summary>
public abstract partial class BrokerSuite<THost> : IAsyncLifetime
    where THost : BrokerHost, new()
{
    private static int _names;

    protected THost Host { get; private set; } = new();

    protected IStreamBroker Broker => Host.Broker;

    /// <summary>A name that no other test uses: a host may outlive a test.</summary>
    protected StreamName Name { get; } = StreamName.Parse($"suite-{Interlocked.Increment(ref _names)}");

    public async ValueTask InitializeAsync() => await Host.StartAsync(new CapacityOptions());

    public ValueTask DisposeAsync() => Host.DisposeAsync();

    protected async Task RestartAsync(CapacityOptions capacity, ICommandResponder? responder = null)
    {
        await Host.DisposeAsync();
        Host = new THost();
        await Host.StartAsync(capacity, responder);
    }

    protected Task<Message> PostAsync(string text, StreamName? stream = null, Guid? id = null, string? seat = null) =>
        PostAsync(Broker, text, stream, id, seat);

    protected async Task<Message> PostAsync(
        IStreamBroker broker, string text, StreamName? stream = null, Guid? id = null, string? seat = null) =>
        Parse(await broker.AppendAsync(new Draft
        {
            Address = new StreamAddress(stream ?? Name, seat), Text = MessageText.Parse(text), Id = id,
        }));

    protected async Task<List<Message>> ReadAsync(
        int limit = 1024, PageDirection direction = PageDirection.Forward, Timestamp last = default, StreamName? stream = null) =>
        [.. (await Broker.ReadAsync(new PageRequest(stream ?? Name, limit, direction, last))).Select(Parse)];

    protected async Task<IEnumerable<string>> TextsAsync(
        int limit = 1024, PageDirection direction = PageDirection.Forward, Timestamp last = default) =>
        (await ReadAsync(limit, direction, last)).Select(message => message.Text);

    protected Task<Listening> ListenAsync(Timestamp? last = null, string? user = null, string? seat = null) =>
        ListenAsync(Broker, last, user, seat);

    protected async Task<Listening> ListenAsync(IStreamBroker broker, Timestamp? last = null, string? user = null, string? seat = null) =>
        new(await broker.ListenAsync(new ListenRequest
        {
            Streams = [new StreamAddress(Name, seat)], Last = last is null ? null : [last.Value],
            User = user is null ? null : UserLabel.Parse(user),
        }));

    protected async Task<StreamListing?> ListingAsync() =>
        (await Broker.ListAsync(Name.Value, 1024)).SingleOrDefault(listing => listing.Name == Name.Value);

    protected static async Task<StreamRefusedException> RefusedAsync(Refusal refusal, Func<Task> action)
    {
        var refused = await Assert.ThrowsAsync<StreamRefusedException>(action);
        Assert.Equal(refusal, refused.Refusal);
        Assert.NotEmpty(refused.Message);
        return refused;
    }

    private static Message Parse(Frame frame) =>
        JsonSerializer.Deserialize(frame.Payload.Span, WireJson.Default.Message)!;
}
