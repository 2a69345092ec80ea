using System.Buffers;
using System.IO.Pipelines;
using Malten.Streams.Bytes;
using Malten.Testing;
using Malten.Testing.Bytes;

namespace Malten.Streams.Tests.Bytes;

/// <summary>A body whose reading has come to an end in one way or another.</summary>
public sealed class ByteSenderTests
{
    [Fact]
    public async Task A_timer_that_finds_the_request_aborted_throws_nothing()
    {
        var (time, body) = (new FakeTime(), new AbortedBody());
        var sender = new ByteSender(body, time);
        var read = sender.ReadToAsync(new ArrayBufferWriter<byte>(), 0, CancellationToken.None);
        time.Advance(TimeSpan.FromSeconds(1)); // what a timer throws ends the process
        body.Fail();
        Assert.True((await read).IsCut);
        await Assert.ThrowsAsync<IOException>(() => sender.Completion);
        await sender.DisposeAsync();
    }

    [Fact]
    public async Task What_came_of_a_body_is_decided_once_for_both_ends()
    {
        await using var finished = new ByteSender(TestBody.Of([1]), new FakeTime());
        Assert.True(await finished.FinishAsync(1, isWhole: true));
        finished.Lose();
        Assert.True(await finished.FinishAsync(1, isWhole: true)); // a repeated call
        Assert.True(await finished.Completion);

        await using var givenUp = new ByteSender(TestBody.Of([1]), new FakeTime());
        givenUp.Lose();
        Assert.False(await givenUp.FinishAsync(1, isWhole: true));
        Assert.False(await givenUp.Completion);
    }

    /// <summary>As Kestrel's reader once its request was aborted: it can't be told to end a read, and the read ends a little later.</summary>
    private sealed class AbortedBody : PipeReader
    {
        private readonly TaskCompletionSource<ReadResult> _read = new();

        public void Fail() => _read.SetException(new IOException("The client reset the request stream."));

        public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) => new(_read.Task);

        public override void CancelPendingRead() => throw new IOException("The client reset the request stream.");

        public override bool TryRead(out ReadResult result) => throw new NotSupportedException();

        public override void AdvanceTo(SequencePosition consumed)
        {
        }

        public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
        {
        }

        public override void Complete(Exception? exception = null)
        {
        }
    }
}
