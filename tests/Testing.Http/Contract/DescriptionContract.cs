using System.Net;
using System.Text.Json;

namespace Malten.Testing.Contract;

/// <summary>API.md, "GET /healthz, /readyz, /openapi/v1.json, /".</summary>
public abstract class DescriptionContract<THost> : ContractTests<THost> where THost : IContractHost<THost>
{
    [Theory]
    [InlineData("/healthz")]
    [InlineData("/readyz")]
    public Task A_node_is_live_and_ready(string path) => EventuallyAsync(async () => (await Api.GetAsync(path)).Status == HttpStatusCode.OK);

    [Theory]
    [InlineData("post", "/streams", "stream private ttl keep")]
    [InlineData("get", "/streams", "limit prefix")]
    [InlineData("post", "/messages", "stream message user id seat")]
    [InlineData("get", "/messages", "stream limit direction last seat")]
    [InlineData("get", "/events", "stream last user seat Last-Event-ID")]
    [InlineData("get", "/presence", "stream seat")]
    [InlineData("post", "/presence", "session status")]
    [InlineData("post", "/signals", "session stream message to seat")]
    [InlineData("post", "/commands", "stream prompt seat")]
    [InlineData("post", "/pipes", "ttl")]
    [InlineData("get", "/bytes", "stream seat channel")]
    [InlineData("get", "/ice", "stream seat")]
    [InlineData("get", "/healthz", "")]
    [InlineData("get", "/readyz", "")]
    public async Task The_description_names(string method, string path, string parameters)
    {
        var operation = (await DescribeAsync()).GetProperty("paths").GetProperty(path).GetProperty(method);
        Assert.NotEqual("", operation.GetProperty("summary").GetString());
        Assert.NotEmpty(operation.GetProperty("tags").EnumerateArray());
        string[] named = operation.TryGetProperty("requestBody", out var body)
            ? Names(body.GetProperty("content").GetProperty("application/x-www-form-urlencoded").GetProperty("schema").GetProperty("properties"))
            : operation.TryGetProperty("parameters", out var query)
                ? [.. query.EnumerateArray().Select(one => one.GetProperty("name").GetString()!)]
                : [];
        Assert.Equal(parameters.Split(' ', StringSplitOptions.RemoveEmptyEntries).Order(), named.Order());
        if (method == "post") Assert.True(body.GetProperty("content").TryGetProperty("application/json", out _));
    }

    [Fact]
    public async Task The_description_says_that_bytes_are_sent_as_they_are_with_parameters_in_the_query()
    {
        var bytes = (await DescribeAsync()).GetProperty("paths").GetProperty("/bytes");
        var post = bytes.GetProperty("post");
        Assert.Equal(["channel", "more", "seat", "stream"], post.GetProperty("parameters").EnumerateArray()
            .Select(one => one.GetProperty("in").GetString() == "query" ? one.GetProperty("name").GetString() : null).Order());
        Assert.Equal(["application/octet-stream"], Names(post.GetProperty("requestBody").GetProperty("content")));
        Assert.Equal(["application/octet-stream"], Names(bytes.GetProperty("get").GetProperty("responses").GetProperty("200").GetProperty("content")));
        Assert.Subset(Names(post.GetProperty("responses")).ToHashSet(), new HashSet<string> { "200", "403", "404", "408", "409", "410", "429" });
    }

    [Fact]
    public async Task The_description_says_what_must_be_given()
    {
        var paths = (await DescribeAsync()).GetProperty("paths");
        foreach (var (path, required) in new[]
        {
            ("/messages", "message"), ("/signals", "message session"), ("/commands", "prompt"), ("/presence", "session status"),
        })
        {
            var schema = paths.GetProperty(path).GetProperty("post").GetProperty("requestBody").GetProperty("content")
                .GetProperty("application/json").GetProperty("schema");
            Assert.Equal(required.Split(' '), schema.GetProperty("required").EnumerateArray().Select(one => one.GetString()!).Order());
        }
    }

    [Fact]
    public async Task The_description_says_how_each_request_is_answered()
    {
        foreach (var path in (await DescribeAsync()).GetProperty("paths").EnumerateObject())
            foreach (var operation in path.Value.EnumerateObject())
            {
                var responses = operation.Value.GetProperty("responses");
                Assert.Contains(Names(responses), status => status.StartsWith('2'));
                if (path.Name is "/healthz" or "/readyz") continue;
                Assert.All(new[] { "400", "503" }, status =>
                    Assert.True(responses.GetProperty(status).GetProperty("content").TryGetProperty("application/problem+json", out _)));
            }
    }

    [Fact]
    public async Task The_description_introduces_itself()
    {
        var document = await DescribeAsync();
        Assert.StartsWith("3.", document.GetProperty("openapi").GetString(), StringComparison.Ordinal);
        var info = document.GetProperty("info");
        Assert.Equal("Malten", info.GetProperty("title").GetString());
        Assert.NotEqual("", info.GetProperty("version").GetString());
        Assert.NotEqual("", info.GetProperty("description").GetString());
        string[] tags = [.. document.GetProperty("paths").EnumerateObject().SelectMany(path => path.Value.EnumerateObject())
            .SelectMany(operation => operation.Value.GetProperty("tags").EnumerateArray()).Select(tag => tag.GetString()!).Distinct()];
        Assert.Equal(["Commands", "Events", "Health", "Messages", "Pipes", "Presence", "Signals", "Streams"], tags.Order());
        string[] ids = [.. document.GetProperty("paths").EnumerateObject().SelectMany(path => path.Value.EnumerateObject())
            .Select(operation => operation.Value.GetProperty("operationId").GetString()!)];
        Assert.Equal(ids.Distinct(), ids);
        Assert.NotEqual("", info.GetProperty("license").GetProperty("name").GetString());
        Assert.Empty(Assert.Single(document.GetProperty("security").EnumerateArray()).EnumerateObject()); // nothing is required
    }

    [Fact]
    public async Task The_description_does_not_say_where_the_server_thinks_it_is()
    {
        var document = await DescribeAsync();
        Assert.False(document.TryGetProperty("servers", out var servers) && servers.EnumerateArray()
            .Any(server => server.GetProperty("url").GetString() is not "/"), "behind a proxy that would be wrong");
    }

    [Fact]
    public async Task The_description_says_that_timestamps_are_numbers()
    {
        var document = await DescribeAsync();
        var created = document.GetProperty("components").GetProperty("schemas").GetProperty("Message")
            .GetProperty("properties").GetProperty("Created");
        var last = document.GetProperty("paths").GetProperty("/messages").GetProperty("get").GetProperty("parameters")
            .EnumerateArray().Single(parameter => parameter.GetProperty("name").GetString() == "last").GetProperty("schema");
        foreach (var schema in new[] { Resolve(document, created), Resolve(document, last) })
            Assert.Equal(("integer", "int64"), (schema.GetProperty("type").GetString(), schema.GetProperty("format").GetString()));
    }

    [Theory]
    [InlineData("post", "/messages", "200")]
    [InlineData("post", "/streams", "201")]
    [InlineData("post", "/pipes", "201")]
    [InlineData("post", "/commands", "200")]
    [InlineData("get", "/presence", "200")]
    [InlineData("get", "/healthz", "200")]
    public async Task The_description_spells_an_answer_as_it_is_sent(string method, string path, string status)
    {
        var document = await DescribeAsync();
        var schema = Resolve(document, document.GetProperty("paths").GetProperty(path).GetProperty(method).GetProperty("responses")
            .GetProperty(status).GetProperty("content").GetProperty("application/json").GetProperty("schema"));
        var query = path switch { "/messages" => "?message=a", "/commands" => "?prompt=a", _ => "" };
        var answer = (method == "get" ? await Api.GetAsync(path) : await Api.PostAsync(path + query)).Json();
        Assert.Subset(Names(schema.GetProperty("properties")).ToHashSet(), Names(answer).ToHashSet());
        Assert.Subset(Names(answer).ToHashSet(), schema.GetProperty("required").EnumerateArray().Select(one => one.GetString()!).ToHashSet());
    }

    [Fact]
    public async Task There_is_a_home() => Assert.Contains("Malten", (await Api.GetAsync("/")).Text, StringComparison.Ordinal);

    private static JsonElement Resolve(JsonElement document, JsonElement schema) => schema.TryGetProperty("$ref", out var reference)
        ? document.GetProperty("components").GetProperty("schemas").GetProperty(reference.GetString()!.Split('/')[^1])
        : schema;

    private async Task<JsonElement> DescribeAsync() => (await Api.GetAsync("/openapi/v1.json")).Ok();
}
