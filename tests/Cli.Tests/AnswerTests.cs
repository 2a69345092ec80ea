using Malten.Streams.Events;
using Malten.Streams.Values;
using Malten.Testing;

namespace Malten.Cli.Tests;

/// <summary><c>malten ask</c>, where something answers.</summary>
public sealed class AnswerTests
{
    [Fact]
    public async Task An_answer_is_printed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The tests need signals and a shell.");
        var responder = new FakeResponder();
        await using var node = await RunningNode.StartAsync(new NodeSettings { Responder = responder });
        await using var ask = CliProcess.Start(node.Address, ["ask", "s", "Well?"]);
        var command = await responder.NextAsync();
        foreach (var text in new[] { "It is", "so." })
            await node.Broker.AppendAsync(new Draft { Address = command.Address, Text = MessageText.Parse(text), ReplyTo = command.Id });
        await ask.EndAsync();
        Assert.Equal("It is\nso.\n", ask.Done().Output);
    }
}
