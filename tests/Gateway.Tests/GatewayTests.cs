using System.Net;
using Malten.Testing.Contract;

namespace Malten.Gateway.Tests;

/// <summary>A test of one node with settings of its own.</summary>
public abstract class GatewayTests : IAsyncLifetime
{
    private readonly List<IAsyncDisposable> _opened = [];

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        foreach (var one in Enumerable.Reverse(_opened)) await one.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected async Task<(GatewayHost Host, Api Api)> StartAsync(params string[] settings)
    {
        var host = await GatewayHost.StartAsync(settings);
        return (host, Use(new Api(host.Addresses), host));
    }

    /// <summary>Sees to it that what a test opened is closed, the last first.</summary>
    protected T Use<T>(T one, params IAsyncDisposable[] before) where T : IAsyncDisposable
    {
        _opened.AddRange(before);
        _opened.Add(one);
        return one;
    }

    protected static async Task EventuallyAsync(Func<Task<bool>> happened)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(15));
        while (!await happened()) await Task.Delay(5, patience.Token);
    }

    protected static Task<Answer> PostAsync(Api api, string stream, string text = "a") =>
        api.PostAsync("/messages", ("stream", stream), ("message", text));

    protected static void Refused(Answer answer, HttpStatusCode status)
    {
        Assert.Equal(status, answer.Status);
        Assert.Equal("application/problem+json", answer.ContentType);
        Assert.Equal((int)status, answer.Json().GetProperty("status").GetInt32());
        Assert.True(answer.Headers.RetryAfter?.Delta > TimeSpan.Zero);
    }
}
