using Malten.Testing.Contract;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.DependencyInjection;

namespace Malten.Gateway.Tests;

/// <summary>What the description of the API costs a node.</summary>
public sealed class DescriptionCostTests : GatewayTests
{
    [Fact]
    public async Task However_often_and_by_whom_it_is_asked_for_it_is_made_once()
    {
        var made = 0;
        var host = await GatewayHost.StartAsync([], builder => builder.Services.Configure<OpenApiOptions>("v1", options =>
            options.AddDocumentTransformer((_, _, _) =>
            {
                Interlocked.Increment(ref made);
                return Task.CompletedTask;
            })));
        var api = Use(new Api(host.Addresses), host);
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(number => api.GetAsync($"/openapi/v1.json?{number}")));
        Assert.Equal(1, made);
        Assert.Single(answers.Select(answer => answer.Text).Distinct());
        Assert.Equal("3.1", answers[0].Ok().GetProperty("openapi").GetString()![..3]);
    }
}
