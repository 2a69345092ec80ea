using System.Buffers;
using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using Malten.Grains.Calls;
using Malten.Grains.Interfaces;
using Malten.Grains.Replicas;
using Malten.Streams.Events;
using Malten.Streams.Feeds;
using Malten.Streams.Life;
using Malten.Streams.Limits;
using Malten.Streams.Listeners;
using Malten.Streams.Values;
using Malten.Testing;

namespace Malten.Cluster.Tests.Replicas;

/// <summary>When a gateway asks a stream anew for what it may have missed, and what for.</summary>
public sealed class RenewalTests : IStreamGrains, IDisposable
{
    private static readonly StreamName Name = StreamName.Parse("renewed");

    private readonly FakeTime _time = new();
    private readonly Capacity _capacity = new(new CapacityOptions { MaxMemoryMegabytes = 4 });
    private readonly Capacity _listeners = new(new CapacityOptions());
    private readonly MessageStream _stream;
    private readonly FeedReplicas _replicas;
    private readonly IStreamGrain _grain;
    private readonly List<FeedSubscription> _asked = [];
    private long _pushed;
    private Func<Task> _answering = () => Task.CompletedTask;

    public RenewalTests()
    {
        _stream = new MessageStream(Name, new Capacity(new CapacityOptions()), _time);
        _replicas = new FeedReplicas(_capacity, this, new Retry(_time), _time, _time);
        _grain = DispatchProxy.Create<IStreamGrain, Grain>();
        ((Grain)_grain).Subscribe = SubscribeAsync;
    }

    IStreamGrain IStreamGrains.Of(StreamName name) => _grain;

    GrainId IStreamGrains.IdOf(StreamName name) => throw new NotSupportedException();

    public void Dispose() => _stream.Dispose();

    [Fact]
    public async Task Whoever_needs_what_may_have_come_since_the_last_question_asks_once_more()
    {
        await JoinAsync(null);
        var answers = new Queue<TaskCompletionSource>();
        _answering = () =>
        {
            answers.Enqueue(new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            return answers.Last().Task;
        };
        var first = _replicas.RenewAsync(Name.Value);
        var second = _replicas.RenewAsync(Name.Value);
        Assert.Equal(2, _asked.Count); // with the one of the listener that joined
        answers.Dequeue().SetResult();
        await Eventually.IsSoAsync(() => answers.Count == 1);
        var third = _replicas.RenewAsync(Name.Value); // the second question may have been answered before
        answers.Dequeue().SetResult();
        await Task.WhenAll(first, second);
        await Eventually.IsSoAsync(() => answers.Count == 1 || third.IsCompleted);
        Assert.False(third.IsCompleted);
        answers.Dequeue().SetResult();
        await third;
        Assert.Equal(4, _asked.Count);
    }

    [Fact]
    public async Task Whoever_resumes_once_there_is_room_again_gets_what_a_replica_had_let_go_of()
    {
        var posted = Enumerable.Range(0, 1000).Select(Post).ToList();
        await JoinAsync(null);
        _capacity.ChangeBytes(5 * 1024 * 1024);
        posted.Add(Post(1000));
        await _replicas.RenewAsync(Name.Value); // 64 messages are held from now on
        Assert.Contains("gap", Heard(await JoinAsync(posted[0])), StringComparison.Ordinal);
        _capacity.ChangeBytes(-5 * 1024 * 1024);
        var late = await JoinAsync(posted[900]);
        Post(1001);
        await _replicas.RenewAsync(Name.Value);
        Assert.Equal(Enumerable.Range(901, 101), Numbers(Heard(late)));
        Assert.Equal(Enumerable.Range(1, 1001), Numbers(Heard(await JoinAsync(posted[0]))));
        Assert.Equal(2, _asked.Count(asked => asked.Last.IsNone)); // the first question, and once for all
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_was_overtaken_is_asked_for_only_once_it_is_late(bool comes)
    {
        Post(0);
        var reader = await JoinAsync(null);
        var (before, overtaken) = (_stream.Feed.Newest, Post(1));
        Post(2);
        var pushed = _stream.Capture()!;
        _pushed = 2;
        FeedPush Push(int number) => new()
        {
            Activation = Guid.Empty, Number = number, Stream = Name.Value, Begun = pushed.Begun,
            Previous = number == 1 ? before : overtaken, Frames = [pushed.Messages[number]], TimeLeft = pushed.TimeLeft, IsClosed = false,
        };
        var late = _replicas.TakeAsync(Push(2));
        Assert.Empty(Heard(reader));
        if (comes) await _replicas.TakeAsync(Push(1));
        _time.Advance(TimeSpan.FromMilliseconds(100));
        await late;
        Assert.Equal([1, 2], Numbers(Heard(reader)));
        Assert.Equal(comes ? 1 : 2, _asked.Count);
    }

    [Fact]
    public async Task A_push_that_is_overtaken_while_another_is_awaited_has_its_own_time_to_come()
    {
        Post(0);
        var reader = await JoinAsync(null);
        var stream = _stream.Capture()!;
        FeedPush Push(int number) => new()
        {
            Activation = Guid.Empty, Number = number, Stream = Name.Value, Begun = stream.Begun, Previous = stream.Newest,
            TimeLeft = stream.TimeLeft, IsClosed = false, Frames = [Failed(number)],
        };
        var waiting = _replicas.TakeAsync(Push(2));
        await _replicas.TakeAsync(Push(1));
        await _replicas.TakeAsync(Push(4));
        _time.Advance(TimeSpan.FromMilliseconds(100));
        await _replicas.TakeAsync(Push(3));
        _time.Advance(TimeSpan.FromMilliseconds(100));
        await waiting;
        Assert.Equal([1, 2, 3, 4], Numbers(Heard(reader)));
        Assert.Single(_asked);
    }

    private Timestamp Post(int number)
    {
        _time.Advance(TimeSpan.FromMilliseconds(1));
        _stream.TryAppend(new Draft { Address = Name, Text = MessageText.Parse($"#{number}# {new string('x', 900)}") }, out var frame);
        return frame.Timestamp;
    }

    [Fact]
    public async Task Of_a_crowd_the_stream_is_told_once_a_second_and_of_few_at_once()
    {
        var reports = ((Grain)_grain).Reports;
        var readers = new List<FeedReader>();
        for (var i = 0; i < 128; i++) readers.Add(await JoinAsync(null));
        Assert.Equal(Enumerable.Range(1, 128), reports.Select(report => report.Presence.Observers));
        for (var i = 0; i < 872; i++) readers.Add(await JoinAsync(null));
        foreach (var reader in readers[..20]) await _replicas.LeaveAsync(reader);
        Assert.Equal(128, reports.Count);
        _time.Advance(TimeSpan.FromSeconds(1));
        await Eventually.IsSoAsync(() => reports.Count == 129);
        Assert.Equal(980, reports[^1].Presence.Observers);
        await _replicas.LeaveAsync(readers[20]);
        _time.Advance(TimeSpan.FromSeconds(0.9));
        Assert.Equal(129, reports.Count);
        _time.Advance(TimeSpan.FromSeconds(0.1));
        await Eventually.IsSoAsync(() => reports.Count == 130);
        Assert.Equal(979, reports[^1].Presence.Observers);
    }

    private static Frame Failed(int number) =>
        FrameEncoder.Encode(new Notice { Name = NoticeName.Failed, Stream = Name.Value, Reason = $"#{number}#" }, Timestamp.None);

    private static string Heard(FeedReader reader)
    {
        var output = new ArrayBufferWriter<byte>();
        while (reader.Read(output, 64 * 1024).Bytes > 0)
        {
        }

        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    private static IEnumerable<int> Numbers(string heard)
    {
        Assert.DoesNotContain("gap", heard, StringComparison.Ordinal);
        return Regex.Matches(heard, "#(\\d+)#").Select(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture));
    }

    private async Task<FeedReader> JoinAsync(Timestamp? last)
    {
        var reader = new FeedReader(Secret.New(), [Name], _ => ValueTask.CompletedTask);
        await _replicas.JoinAsync(reader, _listeners.AddListener(1), Name, null, last, CancellationToken.None);
        return reader;
    }

    private async Task<FeedUpdate> SubscribeAsync(FeedSubscription subscription)
    {
        _asked.Add(subscription);
        await _answering();
        var stream = _stream.Capture();
        if (stream?.Begun == subscription.Begun)
            stream = stream with { Messages = [.. stream.Messages.Where(message => message.Timestamp > subscription.Last)] };
        return new FeedUpdate { Activation = Guid.Empty, Stream = stream, Position = _stream.Feed.Newest, Pushed = _pushed };
    }

    /// <summary>A stream's grain that answers subscriptions, and takes reports of listeners.</summary>
    public class Grain : DispatchProxy
    {
        internal Func<FeedSubscription, Task<FeedUpdate>> Subscribe { get; set; } = null!;

        internal List<NodePresence> Reports { get; } = [];

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => targetMethod!.Name switch
        {
            nameof(IStreamGrain.Subscribe) => Subscribe((FeedSubscription)args![0]!),
            nameof(IStreamGrain.Report) => Report((NodePresence)args![1]!),
            _ => throw new NotSupportedException(targetMethod.Name),
        };

        private Task Report(NodePresence presence)
        {
            lock (Reports) Reports.Add(presence);
            return Task.CompletedTask;
        }
    }
}
