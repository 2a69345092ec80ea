using System.Runtime.CompilerServices;
using Malten.Cli.Mcp;
using Malten.Client;

namespace Malten.Cli.Tests.Mcp;

/// <summary>Whoever listens for an agent goes on, or says that it can't.</summary>
public sealed class RoomListenerTests
{
    [Fact]
    public async Task A_fault_of_the_program_is_told_and_the_room_heard_again()
    {
        await using var listener = new RoomListener(new FaultyRoom(mayReturn: true));
        listener.Start();
        Assert.Equal("Something went wrong in malten itself (InvalidOperationException).", listener.Problem);
        Assert.Null(listener.End);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (listener.Problem is not null) await Task.Delay(10, limit.Token);
    }

    [Fact]
    public async Task After_a_fault_of_the_program_a_pipe_is_over()
    {
        await using var listener = new RoomListener(new FaultyRoom(mayReturn: false));
        listener.Start();
        Assert.Contains("InvalidOperationException", listener.End, StringComparison.Ordinal);
    }

    /// <summary>The first time that it is listened to, what comes leads to an exception that nobody has thought of.</summary>
    private sealed class FaultyRoom(bool mayReturn) : Room
    {
        private int _times;

        public override string Title => "s";

        public override string Secrecy => "";

        public override bool MayReturn => mayReturn;

        public override async IAsyncEnumerable<StreamItem> ListenAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            if (_times++ == 0) throw new InvalidOperationException("A stranger's words.");
            yield return new Opened { Node = new Uri("http://node.example"), Session = "secret", Streams = ["s"] };
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }

        public override void Take(StreamItem item)
        {
        }

        public override Task<Heard> SayAsync(string text, CancellationToken cancellationToken) => throw new NotSupportedException();

        public override Task<Timestamp?> FindNewestAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

        public override Task<WhoIsThere> LookAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
