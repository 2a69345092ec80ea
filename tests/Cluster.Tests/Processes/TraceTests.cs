using System.Collections.Concurrent;
using Malten.Client;
using Malten.Testing;

namespace Malten.Cluster.Tests.Processes;

/// <summary>Streams that leave no trace over three processes: what was said lives with those who take part, whichever node they use.</summary>
[Collection(nameof(TroubledNodes))]
public sealed class TraceTests(TroubledNodes nodes) : IAsyncLifetime
{
    private const int Killed = 1;
    private const int Streams = 6; // some of them run on the node that is killed
    private const int Each = 5; // messages

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan BeyondGrace = TimeSpan.FromSeconds(25);

    private readonly TraceLink[] _links = [.. Enumerable.Range(0, Streams).Select(_ => TraceLink.New())];
    private readonly List<IAsyncDisposable> _opened = [];

    public async ValueTask InitializeAsync()
    {
        using var http = new HttpClient();
        await nodes.Cluster.StartAsync(http);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var one in Enumerable.Reverse(_opened)) await one.DisposeAsync();
    }

    [Fact]
    public async Task Those_on_different_nodes_are_handed_everything_and_what_one_wrote_goes_with_them()
    {
        foreach (var link in _links)
        {
            var (ann, bob) = (await JoinAsync(link, 0), await JoinAsync(link, 1));
            await SayAsync(ann, "from ann");
            await SayAsync(bob, "from bob");
            var kim = await JoinAsync(link, 2);
            await kim.HasAsync(2 * Each);
            await SayAsync(kim, "from kim");
            foreach (var one in (Participant[])[ann, bob, kim]) await one.HasAsync(3 * Each);
            await bob.Room.LeaveAsync();
            foreach (var one in (Participant[])[ann, kim])
            {
                await one.HasAsync(2 * Each);
                Assert.Equal([bob.Room.Author], one.Gone);
                Assert.DoesNotContain(one.Texts, text => text.StartsWith("from bob", StringComparison.Ordinal));
            }

            await (await JoinAsync(link, 1)).HasAsync(2 * Each);
        }
    }

    [Fact]
    public async Task When_a_node_is_killed_while_they_talk_nobody_who_stays_loses_anything_or_is_taken_for_gone()
    {
        var rooms = new List<Participant[]>();
        foreach (var link in _links) rooms.Add([await JoinAsync(link, 0), await JoinAsync(link, Killed), await JoinAsync(link, 2)]);
        foreach (var room in rooms)
            foreach (var one in room) await SayAsync(one, "before");
        foreach (var one in rooms.SelectMany(room => room)) await one.HasAsync(3 * Each);

        nodes.Cluster.Nodes[Killed].Kill();
        var (said, since) = (3 * Each, TimeProvider.System.GetTimestamp());
        for (var round = 0; TimeProvider.System.GetElapsedTime(since) < BeyondGrace; round++)
        {
            await Task.WhenAll(rooms.Select(room => SayAsync(room[round % 3], $"round {round}", 1)));
            said++;
            foreach (var one in rooms.SelectMany(room => room)) await one.HasAsync(said);
        }

        foreach (var (room, link) in rooms.Zip(_links))
        {
            foreach (var one in room)
            {
                Assert.Empty(one.Gone);
                Assert.Empty(one.Troubles);
                Assert.Equal(room[0].Texts.Order(), one.Texts.Order());
            }

            await (await JoinAsync(link, 2)).HasAsync(said); // whoever comes now is handed all of it
        }
    }

    private async Task<Participant> JoinAsync(TraceLink link, int node)
    {
        var all = nodes.Cluster.Nodes.Where(one => one.IsRunning).Select(one => new Uri(one.Url)).ToList();
        var client = new MaltenClient(new MaltenClientOptions { Nodes = [.. all.Skip(node), .. all.Take(node)] });
        _opened.Add(client);
        var participant = new Participant(client.Join(link));
        _opened.Add(participant);
        await participant.OpensAsync();
        return participant;
    }

    private static async Task SayAsync(Participant one, string text, int count = Each)
    {
        for (var i = 0; i < count; i++) await one.Room.PostAsync($"{text} {i}");
    }

    /// <summary>One who takes part, and what is on their screen.</summary>
    private sealed class Participant : IAsyncDisposable
    {
        private readonly ConcurrentDictionary<Guid, string> _screen = [];
        private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _listening;

        public Participant(TraceRoom room) => (Room, _listening) = (room, ListenAsync(room));

        public TraceRoom Room { get; }

        /// <summary>The authors who were taken for gone.</summary>
        public ConcurrentQueue<string> Gone { get; } = [];

        /// <summary>What else should not have come.</summary>
        public ConcurrentQueue<StreamItem> Troubles { get; } = [];

        public ICollection<string> Texts => _screen.Values;

        public Task OpensAsync() => _opened.Task.WaitAsync(Patience);

        /// <summary>Waits until there are so many messages.</summary>
        public async Task HasAsync(int count)
        {
            await Eventually.IsSoAsync(() => _screen.Count == count);
            Assert.Equal(count, _screen.Count);
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _listening.ContinueWith(static _ => { }, TaskScheduler.Default);
            _stop.Dispose();
            await Room.DisposeAsync();
        }

        private async Task ListenAsync(TraceRoom room)
        {
            await foreach (var item in room.ListenAsync(_stop.Token))
            {
                if (item is Opened) _opened.TrySetResult();
                else if (item is EncryptedMessage message) _screen[message.Id] = message.Text;
                else if (item is AuthorLeft left) Forget(left);
                else if (item is Expired or HistoryIncomplete or HeldByServer or UnreadableMessage or UnencryptedMessage) Troubles.Enqueue(item);
            }
        }

        private void Forget(AuthorLeft left)
        {
            Gone.Enqueue(left.Author);
            foreach (var id in left.Messages) _screen.TryRemove(id, out _);
        }
    }
}
