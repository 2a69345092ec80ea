using Malten.Membership.Protocol;
using Malten.Membership.Registers;

namespace Malten.Membership.Tests.Registers;

public sealed class RegisterTests : IAsyncDisposable
{
    private readonly RegisterNode _node = new(new RegisterNodeOptions());

    private Register Register => _node.Register;

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Fact]
    public async Task Each_change_sees_the_one_before_and_raises_the_version()
    {
        Assert.Equal((0, null), Result(await Register.ReadAsync()));
        Assert.Equal((1, 1), Result(await Register.ChangeAsync(value => [(byte)((value?[0] ?? 0) + 1)])));
        Assert.Equal((2, 2), Result(await Register.ChangeAsync(value => [(byte)((value?[0] ?? 0) + 1)])));
        Assert.Equal((2, 2), Result(await Register.ReadAsync()));

        static (long, int?) Result(RegisterResult result) => (result.Version, result.Value?[0]);
    }

    [Fact]
    public async Task A_change_that_returns_null_or_throws_leaves_the_value_and_the_register_usable()
    {
        await Register.ChangeAsync(_ => [7]);
        var refused = await Register.ChangeAsync(_ => null);
        Assert.Equal((RegisterOutcome.Unchanged, 1L), (refused.Outcome, refused.Version));
        await Assert.ThrowsAsync<FormatException>(() => Register.ChangeAsync(_ => throw new FormatException()));
        Assert.Equal([7], (await Register.ReadAsync()).Value!);
    }

    [Fact]
    public async Task A_cancelled_call_throws()
    {
        using var cancel = new CancellationTokenSource();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Register.ReadAsync(cancel.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Register.ChangeAsync(_ => [1], cancel.Token));
    }

    [Fact]
    public async Task Calls_fail_in_another_generation_until_the_caller_adopts_it()
    {
        await Register.ChangeAsync(_ => [7]);
        var lives = Register.Generation!.Value;
        Register.Adopt(new Generation(1, Guid.NewGuid()));
        var told = 0;
        Register.GenerationChanged += (_, change) => told += change.To == lives ? 1 : 100;
        var ran = false;
        for (var i = 0; i < 2; i++)
        {
            var result = await Register.ChangeAsync(value => { ran = true; return value; });
            Assert.Equal((RegisterOutcome.GenerationChanged, lives), (result.Outcome, result.Generation!.Value));
            Assert.Null(result.Value);
            Assert.Equal(RegisterOutcome.GenerationChanged, (await Register.ReadAsync()).Outcome);
        }

        Assert.Equal((1, false), (told, ran));
        Register.Adopt(lives);
        Assert.Equal([7], (await Register.ReadAsync()).Value!);
    }
}
