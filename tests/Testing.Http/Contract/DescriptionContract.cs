using System.Text.Json;

namespace Malten.Testing.Contract;

/// <summary>API.md, "GET /healthz, /readyz, /openapi/v1.json, /".</summary>
public abstract class DescriptionContract<THost> : ContractTests<THost> where THost : IContractHost<THost>
{
    [Theory]
    [InlineData("/healthz")]
    [InlineData("/readyz")]
    public async Task A_node_is_live_and_ready(string path) => (await Api.GetAsync(path)).Ok();

    [Theory]
    [InlineData("post", "/streams", "stream private ttl")]
    [InlineData("get", "/streams", "limit prefix")]
    [InlineData("post", "/messages", "stream message user id seat")]
    [InlineData("get", "/messages", "stream limit direction last seat")]
    [InlineData("get", "/events", "stream last user seat Last-Event-ID")]
    [InlineData("get", "/presence", "stream seat")]
    [InlineData("post", "/presence", "session status")]
    [InlineData("post", "/commands", "stream prompt seat")]
    [InlineData("post", "/pipes", "ttl")]
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
    public async Task The_description_says_what_must_be_given()
    {
        var paths = (await DescribeAsync()).GetProperty("paths");
        foreach (var (path, required) in new[]
        {
            ("/messages", "message"), ("/commands", "prompt"), ("/presence", "session status"),
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
        Assert.Equal(["Commands", "Events", "Health", "Messages", "Pipes", "Presence", "Streams"], tags.Order());
        string[] ids = [.. document.GetProperty("paths").EnumerateObject().SelectMany(path => path.Value.EnumerateObject())
            .Where(operation => operation.Value.TryGetProperty("operationId", out _))
            .Select(operation => operation.Value.GetProperty("operationId").GetString()!)];
        Assert.Equal(ids.Distinct(), ids);
    }

    [Fact]
    public async Task The_description_does_not_say_where_the_server_thinks_it_is()
    {
        var document = await DescribeAsync();
        Assert.False(document.TryGetProperty("servers", out var servers) && servers.EnumerateArray()
            .Any(server => server.GetProperty("url").GetString() is not "/"), "behind a proxy that would be wrong");
    }

    [Fact]
    public async Task There_is_a_home() => Assert.Contains("Malten", (await Api.GetAsync("/")).Text, StringComparison.Ordinal);

    private async Task<JsonElement> DescribeAsync() => (await Api.GetAsync("/openapi/v1.json")).Ok();
}
