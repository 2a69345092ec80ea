using Microsoft.AspNetCore.Http;

namespace Malten.Browser.Tests;

/// <summary>A page asks when a stream that leaves no trace ends, and no answer keeps it from going on.</summary>
public sealed class TraceLifeTests(Chromium chromium) : PageTest(chromium)
{
    private const string LifeOf = """
        async () => {
          const { lifeOf } = await import(document.querySelector('script[type=module]').src.replace('main.js', 'trace/life.js'));
          const late = new Promise(resolve => setTimeout(resolve, 60_000, 'nothing'));
          return Promise.race([late, lifeOf('asked').then(life => `Ttl ${life?.Ttl}`, failure => failure.message)]);
        }
        """;

    [Theory]
    [InlineData("""{"Type":"odd"}""")]
    [InlineData("""{"Type":"odd","Payload":{"Name":"open","Lives":null}}""")]
    [InlineData("null")]
    [InlineData("not json")]
    public async Task What_comes_before_the_answer_is_passed_over(string data)
    {
        Node.Instead = context =>
        {
            if (context.Request.Path != "/events" || context.Request.Query["stream"] != "asked") return false;
            context.Response.ContentType = "text/event-stream";
            const string Lives = """[{"Stream":"asked","Ttl":9,"Keep":0,"Ends":1795219513081506816}]""";
            const string Open = $$$"""{"Type":"event","Created":1795219513081506816,"Payload":{"Name":"open","Session":"s","Lives":{{{Lives}}} } }""";
            context.Response.WriteAsync($"data: {data}\n\ndata: {Open}\n\n").GetAwaiter().GetResult();
            return true;
        };
        Assert.Equal("Ttl 9", await AskAsync());
    }

    [Fact]
    public async Task Where_no_answer_comes_it_is_waited_for_no_longer()
    {
        var page = await OpenAsync("");
        await ListensAsync(page);
        await page.RouteAsync("**/events?stream=asked*", _ => Task.CompletedTask);
        await page.EvaluateAsync("""
            () => {
              const { timeout } = AbortSignal;
              // Nothing else gives the connection up: whoever hears one also notices when it is silent.
              AbortSignal.timeout = milliseconds => timeout.call(AbortSignal, milliseconds === 10_000 ? 500 : 600_000);
            }
            """);
        Assert.Equal("The server can’t be reached.", await page.EvaluateAsync<string>(LifeOf));
    }

    [Fact]
    public async Task Of_a_stream_that_is_not_in_use_nothing_is_known() => Assert.Equal("Ttl undefined", await AskAsync());

    private async Task<string> AskAsync()
    {
        var page = await OpenAsync("");
        await ListensAsync(page);
        return await page.EvaluateAsync<string>(LifeOf);
    }
}
