using System.Net;

namespace Malten.Testing.Contract;

/// <summary>API.md, "POST /signals".</summary>
public abstract class SignalsContract<THost> : ContractTests<THost> where THost : IContractHost<THost>
{
    [Fact]
    public async Task A_signal_is_an_event_without_an_id_that_says_who_sent_it()
    {
        var stream = NewName();
        var (from, to, other) = (await Api.HearAsync(stream), await Api.HearAsync(stream), await Api.HearAsync(stream));
        Assert.Equal("", (await AcceptAsync(from, stream, "for one", to.Handle)).Text);
        await AcceptAsync(from, stream, "for all");
        var heard = await to.NextAsync();
        Assert.Equal(["Id", "Type", "Created", "Payload"], Names(heard.Json));
        Assert.Equal(("signal", null), (heard.Type, heard.Id));
        Assert.Equal($$"""{"Stream":"{{stream}}","From":"{{from.Handle}}","To":"{{to.Handle}}","Text":"for one"}""", heard.Payload.GetRawText());
        foreach (var listener in new[] { from, to, other })
            Assert.Equal($$"""{"Stream":"{{stream}}","From":"{{from.Handle}}","Text":"for all"}""", (await listener.NextAsync()).Payload.GetRawText());
        Assert.Null(to.LastId);
        Assert.Empty(await ReadAsync(stream));
    }

    [Fact]
    public async Task From_is_set_by_the_server()
    {
        var stream = NewName();
        var (from, to) = (await Api.HearAsync(stream), await Api.HearAsync(stream));
        var answer = await Api.PostJsonAsync("/signals",
            $$"""{"session":"{{from.Session}}","stream":"{{stream}}","text":"a","to":"{{to.Handle}}","from":"{{to.Handle}}","From":"{{to.Handle}}"}""");
        Assert.Equal(HttpStatusCode.Accepted, answer.Status);
        Assert.Equal(from.Handle, (await to.NextAsync()).Payload.GetProperty("From").GetString());
    }

    [Fact]
    public async Task What_is_refused_is_heard_by_nobody()
    {
        var (stream, other) = (NewName(), NewName());
        var (from, to) = (await Api.HearAsync(stream), await Api.HearAsync(stream));
        var elsewhere = await Api.HearAsync(other);
        Refused(await SendAsync(elsewhere.Session, stream, "a", to.Handle), HttpStatusCode.Forbidden, "session");
        Refused(await SendAsync("made up", stream, "a", to.Handle), HttpStatusCode.Forbidden, "session");
        Refused(await SendAsync(from.Session, stream, "a", elsewhere.Handle), HttpStatusCode.NotFound, "to");
        Refused(await SendAsync(from.Session, stream, "a", "made up"), HttpStatusCode.NotFound, "to");
        Refused(await SendAsync(from.Session, stream, " ", to.Handle), HttpStatusCode.BadRequest, "message");
        Refused(await SendAsync(from.Session, stream, new string('a', 1025), to.Handle), HttpStatusCode.BadRequest, "message");
        Refused(await Api.PostAsync("/signals", ("stream", stream), ("message", "a")), HttpStatusCode.BadRequest, "session");
        Refused(await Api.PostAsync("/signals", ("session", from.Session), ("stream", stream)), HttpStatusCode.BadRequest, "message");
        Refused(await SendAsync(from.Session, stream, "a", to.Handle, ("seat", "some")), HttpStatusCode.Forbidden, "seat");
        await elsewhere.DisposeAsync();
        await EventuallyAsync(async () => (await SendAsync(elsewhere.Session, other, "a", "")).Status == HttpStatusCode.Forbidden);
        await AcceptAsync(from, stream, "end", to.Handle);
        Assert.Equal("end", (await to.NextAsync()).Text);
    }

    [Fact]
    public async Task Only_POST_is_allowed()
    {
        foreach (var method in new[] { HttpMethod.Get, HttpMethod.Head, HttpMethod.Put })
        {
            var answer = await Api.SendAsync(new HttpRequestMessage(method, "/signals"));
            Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.Status);
            Assert.Equal(["POST"], answer.ContentHeaders.Allow);
        }

        var preflight = new HttpRequestMessage(HttpMethod.Options, "/signals");
        preflight.Headers.Add("Origin", "https://example.org");
        preflight.Headers.Add("Access-Control-Request-Method", "POST");
        Assert.Equal(["*"], (await Api.SendAsync(preflight)).Headers.GetValues("Access-Control-Allow-Origin"));
    }

    [Fact]
    public async Task In_a_pipe_it_needs_a_seat()
    {
        var pipe = (await Api.PostAsync("/pipes")).Created();
        var (stream, seats) = (pipe.GetProperty("stream").GetString()!, pipe.GetProperty("seats").EnumerateArray().Select(seat => seat.GetString()!).ToArray());
        var (from, to) = (await Api.HearAsync(stream, $"seat={seats[0]}"), await Api.HearAsync(stream, $"seat={seats[1]}"));
        Refused(await SendAsync(from.Session, stream, "a", to.Handle), HttpStatusCode.Forbidden, "seat");
        Assert.Equal(HttpStatusCode.Accepted, (await SendAsync(from.Session, stream, "b", to.Handle, ("seat", seats[0]))).Status);
        Assert.Equal("b", (await to.NextAsync()).Text);
    }

    [Fact]
    public async Task Encrypted_text_may_be_as_long_as_in_messages()
    {
        var stream = NewName();
        var listener = await Api.HearAsync(stream);
        var text = "enc2." + new string('A', 6139);
        await AcceptAsync(listener, stream, text, listener.Handle);
        Assert.Equal(text, (await listener.NextAsync()).Text);
        Refused(await SendAsync(listener.Session, stream, text + "A", listener.Handle), HttpStatusCode.BadRequest, "message");
    }

    [Fact]
    public async Task A_listener_for_which_too_many_wait_is_left_alone_for_a_while()
    {
        var stream = NewName();
        var from = await Api.HearAsync(stream);
        var slow = await Api.ConnectAsync(receiveBuffer: 4096);
        await slow.GetAsync($"/events?stream={stream}");
        await slow.ReadToAsync("\"Listener\":\"");
        var handle = (await slow.ReadToAsync("\""))[..^1];
        var text = "enc2." + new string('A', 6139);
        var taken = 0;
        Answer answer;
        while ((answer = await SendAsync(from.Session, stream, text, handle)).Status == HttpStatusCode.Accepted)
            Assert.True(++taken < 2000, "Nothing is refused.");
        Refused(answer, HttpStatusCode.TooManyRequests, "to");
        Assert.InRange(taken, 256, 1500); // and what sockets hold
        await AcceptAsync(from, stream, "others", from.Handle); // at once
        Assert.Equal("others", (await from.NextAsync()).Text);
        for (var i = 0; i < taken; i++) await slow.ReadToAsync(text);
        await AcceptAsync(from, stream, "again", handle);
        await slow.ReadToAsync("\"again\"");
    }

    private async Task<Answer> AcceptAsync(Listener from, string stream, string text, string? to = null)
    {
        var answer = await SendAsync(from.Session, stream, text, to);
        Assert.True(answer.Status == HttpStatusCode.Accepted, answer.Text);
        return answer;
    }

    private Task<Answer> SendAsync(string session, string stream, string text, string? to = null, params (string, string)[] more) =>
        Api.PostAsync("/signals", [("session", session), ("stream", stream), ("message", text), .. to is null ? [] : new[] { ("to", to) }, .. more]);
}
