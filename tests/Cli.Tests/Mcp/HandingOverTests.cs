using System.Runtime.CompilerServices;
using Malten.Cli.Mcp;
using Malten.Client;
using Malten.Testing;
using Heard = Malten.Cli.Mcp.Heard;

namespace Malten.Cli.Tests.Mcp;

/// <summary>Where those who are there hand over what was said, one of them may lie about what they have.</summary>
public sealed class HandingOverTests
{
    [Fact]
    public async Task Whoever_hands_over_less_than_they_say_is_waited_for_once_and_not_for_long()
    {
        var (room, time) = (new LyingRoom(), new FakeTime());
        await using var listener = new RoomListener(room);
        listener.Start();
        var tools = new StreamTools(room, listener, TimeSpan.FromHours(1), time);
        var reading = tools.ReadAsync();
        await Eventually.IsSoAsync(() => time.ActiveTimers == 1);
        time.Advance(StreamTools.LongestHandingOver);
        Assert.Contains((await reading.WaitAsync(TimeSpan.FromSeconds(60))).Notes!, note => note.Contains("read again", StringComparison.Ordinal));
        var again = await tools.ReadAsync().WaitAsync(TimeSpan.FromSeconds(60)); // the clock stands still
        Assert.Null(again.Notes);
        Assert.Equal(1, room.Asked);
    }

    /// <summary>What is announced here never comes.</summary>
    private sealed class LyingRoom : Room
    {
        public int Asked { get; private set; }

        public override string Title => "s";

        public override string Secrecy => "";

        public override async IAsyncEnumerable<StreamItem> ListenAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            yield return new Opened { Node = new Uri("http://node.example"), Session = "secret", Streams = ["s"] };
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }

        public override Task HandedOverAsync(CancellationToken cancellationToken)
        {
            Asked++;
            return Task.Delay(Timeout.Infinite, cancellationToken);
        }

        public override void Take(StreamItem item)
        {
        }

        public override Task<Heard> SayAsync(string text, CancellationToken cancellationToken) => throw new NotSupportedException();

        public override Task<Timestamp?> FindNewestAsync(CancellationToken cancellationToken) => Task.FromResult<Timestamp?>(null);

        public override Task<WhoIsThere> LookAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
