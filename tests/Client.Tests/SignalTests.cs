using System.Net;
using Malten.Testing;

namespace Malten.Client.Tests;

/// <summary>Signals as the wire contract has them, over a server that speaks just that part.</summary>
public sealed class SignalTests : ClientTests
{
    [Fact]
    public async Task A_signal_is_heard_by_whom_it_is_for()
    {
        var node = Use(await SignalNode.StartAsync());
        var client = NewClient(new MaltenClientOptions { Nodes = [node.Address] });
        var (ann, bob) = (Use(new Listener(client, ["s"])), Use(new Listener(client, ["s"])));
        var (annOpen, bobOpen) = (await ann.NextAsync<Opened>(), await bob.NextAsync<Opened>());
        Assert.Equal([new StreamLife("s", TimeSpan.FromSeconds(60), 0, new Timestamp(2048))], annOpen.Lives);

        await client.SignalAsync(annOpen.Session, "s", "to bob", bobOpen.Listener);
        await client.SignalAsync(annOpen.Session, "s", "to all");
        Assert.Equal(new Signal { Stream = "s", From = annOpen.Listener!, To = bobOpen.Listener, Text = "to bob" }, await bob.NextAsync<Signal>());
        Assert.Equal("to all", (await bob.NextAsync<Signal>()).Text);
        Assert.Equal(new Signal { Stream = "s", From = annOpen.Listener!, Text = "to all" }, await ann.NextAsync<Signal>()); // and never heard the other

        var gone = await Assert.ThrowsAsync<MaltenException>(() => client.SignalAsync(annOpen.Session, "s", "hello?", "nobody"));
        Assert.Equal(HttpStatusCode.NotFound, gone.Status);
        var foreign = await Assert.ThrowsAsync<MaltenException>(() => client.SignalAsync("guessed", "s", "hello?"));
        Assert.Equal(HttpStatusCode.Forbidden, foreign.Status);
    }

    [Fact]
    public async Task A_signal_whose_answer_was_lost_is_not_said_twice()
    {
        var node = Use(await SignalNode.StartAsync());
        using var handler = new InterceptingHandler();
        handler.After = request =>
        {
            if (request.RequestUri!.AbsolutePath == "/signals") throw new HttpRequestException(HttpRequestError.ResponseEnded, "lost");
        };
        var client = NewClient(new MaltenClientOptions { Nodes = [node.Address], Handler = handler });
        var listener = Use(new Listener(client, ["s"]));
        var session = (await listener.NextAsync<Opened>()).Session;
        await Assert.ThrowsAsync<MaltenException>(() => client.SignalAsync(session, "s", "once"));
        Assert.Equal(1, handler.Requests.Count(request => request.Address.AbsolutePath == "/signals"));
        Assert.Equal("once", (await listener.NextAsync<Signal>()).Text);
    }

    [Fact]
    public async Task Who_has_left_is_told()
    {
        var node = Use(new ScriptedNode(async connection =>
        {
            await connection.SendAsync(ScriptedNode.EventStream + ScriptedNode.OpenEvent()
                + ScriptedNode.Event("""{"Name":"left","Stream":"s","Listener":"L7"}""")
                + ScriptedNode.Event("""{"Name":"presence","Stream":"s","Observers":1,"Users":[],"Listeners":["L8"]}"""));
            await connection.UntilClosedAsync();
        }));
        var listener = Use(new Listener(NewClient(new MaltenClientOptions { Nodes = [node.Address] }), ["s"]));
        Assert.Equal(new ListenerLeft("s", "L7"), await listener.NextAsync<ListenerLeft>());
        Assert.Equal(["L8"], (await listener.NextAsync<PresenceChanged>()).Presence.Listeners);
    }
}
