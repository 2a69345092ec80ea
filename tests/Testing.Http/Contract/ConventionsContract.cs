using System.Net;
using System.Text;

namespace Malten.Testing.Contract;

/// <summary>API.md, "Conventions".</summary>
public abstract class ConventionsContract<THost> : ContractTests<THost> where THost : IContractHost<THost>
{
    private const string Form = "application/x-www-form-urlencoded";

    [Fact]
    public async Task Parameters_are_read_from_the_query()
    {
        var stream = NewName();
        var posted = (await Api.PostAsync($"/messages?stream={stream}&message=a%20b%26c&user=ann")).Ok();
        Assert.Equal((stream, "a b&c", "ann"), (posted.GetProperty("Stream").GetString(),
            posted.GetProperty("Text").GetString(), posted.GetProperty("User").GetString()));
    }

    [Theory]
    [InlineData(Form)]
    [InlineData("application/x-www-form-urlencoded; charset=UTF-8")]
    [InlineData("APPLICATION/X-WWW-FORM-URLENCODED;charset=\"utf-8\"")]
    public async Task Parameters_are_read_from_a_form(string contentType)
    {
        var stream = NewName();
        var posted = (await Api.PostAsync("/messages", $"stream={stream}&message=a+b%2Bc%26%C3%A5%&user=ann", contentType)).Ok();
        Assert.Equal("a b+c&å%", posted.GetProperty("Text").GetString());
        Assert.Equal(["a b+c&å%"], await ReadAsync(stream));
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("application/json; charset=utf-8")]
    [InlineData("Application/JSON")]
    public async Task Parameters_are_read_from_a_JSON_object(string contentType)
    {
        var stream = NewName();
        var posted = await Api.PostAsync("/messages",
            $$"""{"stream":"{{stream}}","message":"\u00e5 \"b\"\n","user":null,"other":[1,true,"x"]}""", contentType);
        Assert.Equal("å \"b\"\n", posted.Ok().GetProperty("Text").GetString());
    }

    [Fact]
    public async Task Numbers_and_truth_values_in_JSON_are_values_too()
    {
        var begun = (await Api.PostJsonAsync("/streams", $$"""{"stream":"{{NewName()}}","ttl":77,"private":true}""")).Created();
        Assert.Equal(77, begun.GetProperty("ttl").GetInt32());
        Assert.True(begun.GetProperty("private").GetBoolean());
    }

    [Fact]
    public async Task The_body_wins()
    {
        var (inQuery, inBody) = (NewName(), NewName());
        foreach (var posted in new[]
        {
            await Api.PostAsync($"/messages?stream={inQuery}&message=query&user=query", ("stream", inBody), ("message", "body")),
            await Api.PostJsonAsync($"/messages?stream={inQuery}&message=query&user=query", $$"""{"stream":"{{inBody}}","message":"body"}"""),
            await Api.PostAsync($"/messages?stream={inQuery}&message=query&user=query", ("stream", inBody), ("text", "body")),
        })
        {
            Assert.Equal(inBody, posted.Ok().GetProperty("Stream").GetString());
            Assert.Equal("body", posted.Json().GetProperty("Text").GetString());
            Assert.Equal("query", posted.Json().GetProperty("User").GetString()); // what the body leaves out, the query says
        }

        Assert.Empty(await ReadAsync(inQuery));
    }

    [Fact]
    public async Task A_body_is_read_with_GET_as_well()
    {
        var stream = NewName();
        await PostAsync(stream, "a", "b");
        var page = await Api.SendAsync(new HttpRequestMessage(HttpMethod.Get, "/messages?limit=2")
        {
            Content = new StringContent($$"""{"stream":"{{stream}}","limit":1}""", Encoding.UTF8, "application/json"),
        });
        Assert.Equal(["b"], Texts(page.Ok()));
    }

    [Fact]
    public async Task Names_are_lower_case()
    {
        Refused(await Api.PostAsync("/messages", ("stream", NewName()), ("Message", "a")), HttpStatusCode.BadRequest, "message");
        Refused(await Api.PostJsonAsync("/messages", """{"MESSAGE":"a"}"""), HttpStatusCode.BadRequest, "message");
        var posted = await Api.PostAsync("/messages", ("Stream", NewName()), ("message", "a"));
        Assert.Equal("_", posted.Ok().GetProperty("Stream").GetString());
    }

    [Theory]
    [InlineData("message=a&message=b", "message")]
    [InlineData("message=a&text=b", "message")]
    [InlineData("message=a&user=a&user=b", "user")]
    public async Task A_value_given_twice_is_refused(string form, string param) =>
        Refused(await Api.PostAsync("/messages", $"stream={NewName()}&{form}", Form), HttpStatusCode.BadRequest, param);

    [Fact]
    public async Task Answers_are_UTF8_JSON_and_need_no_escapes_to_be_read()
    {
        var stream = NewName("ø𝄞");
        const string Text = "<å> & '𝄞' \"\\\" \u2028 +\t\u0001";
        await PostAsync(stream, Text); // Answer.Ok() asserts type, charset and strict UTF-8
        Assert.Equal([Text], await ReadAsync(stream));
        (await Api.PostAsync("/streams", ("stream", NewName("ø𝄞")))).Created();
        Assert.NotEmpty(Names(await ListAsync("ø𝄞")));
        (await Api.PostAsync("/pipes")).Created();
        (await Api.GetAsync($"/presence?stream={Uri.EscapeDataString(stream)}")).Ok();
        (await Api.PostAsync("/commands", ("stream", stream), ("prompt", Text))).Ok();
        (await Api.GetAsync("/healthz")).Ok();
        await EventuallyAsync(async () => (await Api.GetAsync("/readyz")).Status == HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("POST /messages", "", "message")]
    [InlineData("POST /messages", "message=", "message")]
    [InlineData("POST /messages", "text=", "message")]
    [InlineData("POST /messages", "message=%20%09%0A", "message")]
    [InlineData("POST /messages", "message=a&user=%20", "user")]
    [InlineData("POST /messages", "message=a&id=1", "id")]
    [InlineData("POST /streams", "ttl=0", "ttl")]
    [InlineData("POST /streams", "ttl=-1", "ttl")]
    [InlineData("POST /streams", "ttl=86401", "ttl")]
    [InlineData("POST /streams", "ttl=1.5", "ttl")]
    [InlineData("POST /streams", "ttl=99999999999999999999", "ttl")]
    [InlineData("POST /streams", "private=perhaps", "private")]
    [InlineData("POST /pipes", "ttl=0", "ttl")]
    [InlineData("POST /pipes", "ttl=x", "ttl")]
    [InlineData("POST /commands", "", "prompt")]
    [InlineData("POST /commands", "prompt=", "prompt")]
    [InlineData("POST /commands", "prompt=%20", "prompt")]
    [InlineData("POST /presence", "status=away", "session")]
    [InlineData("POST /presence", "session=x", "status")]
    [InlineData("POST /presence", "session=x&status=Asleep", "status")]
    [InlineData("GET /messages", "limit=0", "limit")]
    [InlineData("GET /messages", "limit=-1", "limit")]
    [InlineData("GET /messages", "limit=1025", "limit")]
    [InlineData("GET /messages", "limit=x", "limit")]
    [InlineData("GET /messages", "direction=0", "direction")]
    [InlineData("GET /messages", "direction=2", "direction")]
    [InlineData("GET /messages", "last=-1", "last")]
    [InlineData("GET /messages", "last=1.0", "last")]
    [InlineData("GET /messages", "last=9223372036854775808", "last")]
    [InlineData("GET /streams", "limit=0", "limit")]
    [InlineData("GET /streams", "limit=1025", "limit")]
    [InlineData("GET /events", "stream=a&stream=a", "stream")]
    [InlineData("GET /events", "last=x", "last")]
    [InlineData("GET /events", "last=-1", "last")]
    [InlineData("GET /events", "stream=a&last=1,2", "last")]
    [InlineData("GET /events", "stream=a&stream=b&stream=c&last=1,2", "last")]
    public async Task A_bad_value_is_refused_by_name(string request, string values, string param)
    {
        var parts = request.Split(' ');
        Refused(parts[0] == "GET" ? await Api.GetAsync($"{parts[1]}?{values}") : await Api.PostAsync(parts[1], values, Form),
            HttpStatusCode.BadRequest, param);
    }

    [Fact]
    public async Task An_empty_value_counts_as_absent()
    {
        var stream = NewName();
        foreach (var posted in new[]
        {
            await Api.PostAsync("/messages", $"stream={stream}&message=a&text=&message=&user=&id=&seat=", Form),
            await Api.PostAsync($"/messages?stream={stream}&message=a", ("stream", ""), ("message", ""), ("user", "")),
            await Api.PostAsync($"/messages?stream={stream}&message=a&user=&id&seat="),
            await Api.PostJsonAsync("/messages", $$"""{"stream":["{{stream}}",""],"message":"a","text":"","user":"","id":"","seat":""}"""),
        })
        {
            Assert.Equal((stream, "a"), (posted.Ok().GetProperty("Stream").GetString(), posted.Json().GetProperty("Text").GetString()));
            Assert.False(posted.Json().TryGetProperty("User", out _));
        }

        Assert.Equal(4, (await Api.GetAsync($"/messages?stream={stream}&limit=&direction=&last=&seat=")).Ok().GetArrayLength());
        Assert.Equal("_", (await Api.PostAsync("/messages", ("stream", ""), ("message", "a"))).Ok().GetProperty("Stream").GetString());
        var begun = (await Api.PostAsync("/streams", "stream=&private=&ttl=&keep=", Form)).Created();
        Assert.Matches("^[A-Za-z0-9_-]{22}$", begun.GetProperty("stream").GetString()!);
        Assert.False(begun.GetProperty("private").GetBoolean());
        Assert.Equal((1024, 1024), (begun.GetProperty("ttl").GetInt32(), begun.GetProperty("keep").GetInt32()));
        (await Api.GetAsync("/streams?limit=&prefix=")).Ok();
        (await Api.GetAsync($"/presence?stream={stream}&seat=")).Ok();
        var listener = await Api.ListenAsync($"stream={stream}&stream=&last=&user=&seat=");
        Assert.Equal([stream], listener.Opened.Payload.GetProperty("Streams").EnumerateArray().Select(one => one.GetString()));
    }

    [Fact]
    public async Task A_repeated_parameter_of_a_page_is_refused() =>
        Refused(await Api.GetAsync("/messages?limit=1&limit=2"), HttpStatusCode.BadRequest, "limit");

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("[]")]
    [InlineData("\"a\"")]
    [InlineData("null")]
    [InlineData("{")]
    [InlineData("""{"message":"a",}""")]
    [InlineData("""{"message":"a"} {}""")]
    [InlineData("""{"message":"a"} x""")]
    [InlineData("""{"message":{"a":"b"}}""")]
    [InlineData("""{"message":[["a"]]}""")]
    [InlineData("""{"message":"\ud800"}""")]
    [InlineData("""{"message":"\udc00\ud800"}""")]
    [InlineData("""{"message":"a","\ud800":"b"}""")]
    [InlineData("""{'message':'a'}""")]
    [InlineData("""{"message":"a" /* why */}""")]
    public async Task A_body_that_is_not_one_JSON_object_is_refused(string body) =>
        Refused(await Api.PostJsonAsync("/messages", body), HttpStatusCode.BadRequest, body == "" ? "message" : null);

    [Fact]
    public async Task What_is_not_UTF8_is_refused()
    {
        var stream = NewName();
        byte[][] invalid = [[0xff], [0xc3, 0x28], [0xed, 0xa0, 0x80], [0xc0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x82]];
        foreach (var bytes in invalid)
        {
            var escaped = string.Concat(bytes.Select(one => $"%{one:x2}"));
            Refused(await Api.PostAsync($"/messages?stream={stream}&message={escaped}"), HttpStatusCode.BadRequest);
            Refused(await Api.PostAsync("/messages", $"stream={stream}&message={escaped}", Form), HttpStatusCode.BadRequest);
            Refused(await Api.PostAsync("/messages", [.. "message=a"u8, .. bytes], Form), HttpStatusCode.BadRequest);
            Refused(await Api.PostAsync("/messages", [.. "{\"message\":\"a"u8, .. bytes, .. "\"}"u8], "application/json"), HttpStatusCode.BadRequest);
            Refused(await Api.PostAsync("/messages", [.. "{\"message\":\"a\",\""u8, .. bytes, .. "\":1}"u8], "application/json"), HttpStatusCode.BadRequest);
            Refused(await Api.GetAsync($"/messages?stream={escaped}"), HttpStatusCode.BadRequest);
            Refused(await Api.GetAsync($"/events?stream={escaped}"), HttpStatusCode.BadRequest);
        }

        Assert.Empty(await ReadAsync(stream));
    }

    [Theory]
    [InlineData("/nowhere")]
    [InlineData("/messages/1")]
    [InlineData("/openapi/v2.json")]
    [InlineData("/openapi/")]
    public async Task An_unknown_path_is_404(string path)
    {
        Refused(await Api.GetAsync(path), HttpStatusCode.NotFound);
        Refused(await Api.PostAsync(path, ("message", "a")), HttpStatusCode.NotFound);
    }

    [Theory]
    [InlineData("/streams", "GET, HEAD, POST")]
    [InlineData("/messages", "GET, HEAD, POST")]
    [InlineData("/presence", "GET, HEAD, POST")]
    [InlineData("/events", "GET")]
    [InlineData("/commands", "POST")]
    [InlineData("/pipes", "POST")]
    [InlineData("/healthz", "GET, HEAD")]
    [InlineData("/readyz", "GET, HEAD")]
    [InlineData("/openapi/v1.json", "GET, HEAD")]
    [InlineData("/", "GET, HEAD")]
    public async Task A_wrong_method_is_405_with_Allow(string path, string allowed)
    {
        foreach (var method in new[] { "GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE" })
        {
            if (allowed.Split(", ").Contains(method)) continue;
            var answer = await Api.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));
            Refused(answer, HttpStatusCode.MethodNotAllowed);
            Assert.Equal(allowed, string.Join(", ", answer.ContentHeaders.Allow.Order()));
        }
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/streams")]
    [InlineData("/messages")]
    [InlineData("/presence")]
    [InlineData("/healthz")]
    [InlineData("/readyz")]
    [InlineData("/openapi/v1.json")]
    public async Task What_answers_GET_answers_HEAD(string path)
    {
        var get = await Api.GetAsync(path);
        var head = await Api.SendAsync(new HttpRequestMessage(HttpMethod.Head, path));
        Assert.Equal((HttpStatusCode.OK, get.ContentType), (head.Status, head.ContentType));
        Assert.Empty(head.Body);
    }

    [Theory]
    [InlineData(Form)]
    [InlineData("application/json")]
    public async Task A_body_that_is_too_large_is_413(string contentType)
    {
        var stream = NewName();
        var body = contentType == Form ? $"stream={stream}&message=a&other={new string('x', 70 * 1024)}"
            : $$"""{"stream":"{{stream}}","message":"a","other":"{{new string('x', 70 * 1024)}}"}""";
        Refused(await Api.PostAsync("/messages", body, contentType), HttpStatusCode.RequestEntityTooLarge);
        var chunked = new HttpRequestMessage(HttpMethod.Post, "/messages") { Content = new StringContent(body) };
        chunked.Content.Headers.ContentType!.MediaType = contentType;
        chunked.Headers.TransferEncodingChunked = true;
        Refused(await Api.SendAsync(chunked), HttpStatusCode.RequestEntityTooLarge);
        Assert.Empty(await ReadAsync(stream));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("text/plain")]
    [InlineData("multipart/form-data; boundary=x")]
    [InlineData("application/xml")]
    [InlineData("application/json; charset=utf-16")]
    [InlineData("application/x-www-form-urlencoded; charset=iso-8859-1")]
    public async Task A_body_type_that_is_not_read_is_415(string? contentType)
    {
        var stream = NewName();
        Refused(await Api.PostAsync($"/messages?stream={stream}", "message=a", contentType), HttpStatusCode.UnsupportedMediaType);
        Refused(await Api.PostAsync($"/streams?stream={stream}", "x", contentType), HttpStatusCode.UnsupportedMediaType);
        Assert.Empty(await ReadAsync(stream));
    }

    [Fact]
    public async Task Without_a_body_no_type_is_needed() =>
        (await Api.PostAsync($"/messages?stream={NewName()}&message=a", "", null)).Ok();

    [Fact]
    public async Task A_refused_post_begins_no_stream()
    {
        var stream = NewName();
        Refused(await Api.PostAsync("/messages", ("stream", stream), ("message", "")), HttpStatusCode.BadRequest, "message");
        Refused(await Api.PostAsync("/messages", ("stream", stream), ("message", "a"), ("seat", "x")), HttpStatusCode.Forbidden, "seat");
        Refused(await Api.PostAsync("/messages", ("stream", stream), ("message", "/malten  ")), HttpStatusCode.BadRequest, "message");
        (await Api.PostAsync("/streams", ("stream", stream))).Created();
    }

    [Fact]
    public async Task A_refused_beginning_leaves_the_stream_as_it_was()
    {
        var stream = NewName();
        (await Api.PostAsync("/streams", ("stream", stream), ("ttl", "100"))).Created();
        Refused(await Api.PostAsync("/streams", ("stream", stream), ("ttl", "50"), ("private", "true")), HttpStatusCode.Conflict, "stream");
        Assert.Equal(100, (await ListAsync(stream)).GetProperty(stream).GetProperty("Ttl").GetInt32());
    }

    [Fact]
    public async Task A_refused_post_does_not_prolong_a_stream()
    {
        var stream = NewName();
        await PostAsync(stream, "a");
        await PassAsync(1023);
        Refused(await Api.PostAsync("/messages", ("stream", stream), ("message", " ")), HttpStatusCode.BadRequest, "message");
        await PassAsync(2);
        Assert.Empty(await ReadAsync(stream));
    }

    [Fact]
    public async Task A_refused_listener_is_never_seen()
    {
        var open = NewName();
        var pipe = (await Api.PostAsync("/pipes")).Created().GetProperty("stream").GetString()!;
        var listener = await Api.HearAsync(open);
        await listener.NextPresenceAsync();
        await PassAsync(1);
        Refused(await Api.GetAsync($"/events?stream={open}&stream={pipe}&user=ann"), HttpStatusCode.Forbidden, "seat");
        await PassAsync(1);
        await Api.HearAsync(open, "user=bob");
        var seen = (await listener.NextPresenceAsync()).Payload;
        Assert.Equal(2, seen.GetProperty("Observers").GetInt32());
        Assert.Equal("bob", Assert.Single(seen.GetProperty("Users").EnumerateArray()).GetProperty("User").GetString());
    }

    [Theory]
    [InlineData("GET", "/streams", 200)]
    [InlineData("GET", "/messages", 200)]
    [InlineData("GET", "/messages?limit=x", 400)]
    [InlineData("POST", "/presence?session=x&status=away", 403)]
    [InlineData("GET", "/nowhere", 404)]
    [InlineData("PUT", "/streams", 405)]
    public async Task Any_origin_may_read_any_answer_without_credentials(string method, string path, int status)
    {
        var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Headers.Add("Origin", "https://anywhere.example");
        var answer = await Api.SendAsync(request);
        Assert.Equal(status, (int)answer.Status);
        Assert.Equal("*", Assert.Single(answer.Headers.GetValues("Access-Control-Allow-Origin")));
        Assert.False(answer.Headers.Contains("Access-Control-Allow-Credentials"));
    }

    [Fact]
    public async Task Any_origin_may_read_why_a_body_was_refused()
    {
        foreach (var (body, type, status) in new[] { (new string('x', 70_000), Form, 413), ("x", "text/plain", 415) })
        {
            var request = new HttpRequestMessage(HttpMethod.Post, "/messages") { Content = new StringContent(body, Encoding.UTF8, type) };
            request.Headers.Add("Origin", "https://anywhere.example");
            var answer = await Api.SendAsync(request);
            Assert.Equal(status, (int)answer.Status);
            Assert.Equal("*", Assert.Single(answer.Headers.GetValues("Access-Control-Allow-Origin")));
        }
    }

    [Fact]
    public async Task Any_origin_may_listen()
    {
        var raw = await Api.ConnectAsync();
        await raw.GetAsync("/events", "Origin: https://anywhere.example\r\n");
        Assert.Contains("Access-Control-Allow-Origin: *\r\n", await raw.ReadToAsync("\r\n\r\n"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/messages", "POST", "content-type")]
    [InlineData("/streams", "POST", "content-type")]
    [InlineData("/events", "GET", "last-event-id,cache-control")]
    public async Task A_preflight_allows_what_the_contract_offers(string path, string method, string header)
    {
        var request = new HttpRequestMessage(HttpMethod.Options, path);
        request.Headers.Add("Origin", "https://anywhere.example");
        request.Headers.Add("Access-Control-Request-Method", method);
        request.Headers.Add("Access-Control-Request-Headers", header);
        var answer = await Api.SendAsync(request);
        Assert.Equal(HttpStatusCode.NoContent, answer.Status);
        Assert.Equal("*", Assert.Single(answer.Headers.GetValues("Access-Control-Allow-Origin")));
        Assert.Equal(method, Assert.Single(answer.Headers.GetValues("Access-Control-Allow-Methods")));
        Assert.Equal(header, Assert.Single(answer.Headers.GetValues("Access-Control-Allow-Headers")));
    }
}
