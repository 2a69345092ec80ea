using System.Net;
using System.Text.Json;

namespace Malten.Testing.Contract;

/// <summary>
/// Tests of what API.md says, sentence by sentence, over real HTTP. They know no more than the contract: whatever serves
/// it can be put under them by deriving from each area with a host.
/// </summary>
public abstract class ContractTests<THost> : IAsyncLifetime where THost : IContractHost<THost>
{
    private static readonly TimeSpan LongestRealWait = TimeSpan.FromSeconds(3);

    private readonly HashSet<string> _listed = [];

    protected THost Host { get; private set; } = default!;

    protected Api Api { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Host = await THost.StartAsync();
        Api = new Api(Host.Addresses);
    }

    public async ValueTask DisposeAsync()
    {
        await Api.DisposeAsync();
        await Host.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>A stream name that no other test uses.</summary>
    protected static string NewName(string prefix = "t") => prefix + Guid.NewGuid().ToString("N");

    /// <summary>Lets time pass. Where it can't be moved, a short time is waited for, and a test of a long one is skipped.</summary>
    protected async Task PassAsync(TimeSpan span)
    {
        if (Host.Time is { } time)
        {
            time.Advance(span);
            return;
        }

        Assert.SkipWhen(span > LongestRealWait, "Needs a clock that can be moved.");
        await Task.Delay(span);
    }

    protected Task PassAsync(double seconds) => PassAsync(TimeSpan.FromSeconds(seconds));

    /// <summary>
    /// Sets a scene that a short-lived stream is part of, and asserts nothing but that. Where time can't be moved, it passes
    /// meanwhile: what took a slow machine longer than the stream lives is no scene, and is set anew.
    /// </summary>
    /// <param name="ttl">How long the stream lives, in seconds.</param>
    /// <param name="set">Sets it, under a name of its own.</param>
    protected async Task<T> SetAsync<T>(int ttl, Func<Task<T>> set)
    {
        for (var attempt = 1; ; attempt++)
        {
            var began = TimeProvider.System.GetTimestamp();
            bool IsLate() => Host.Time is null && attempt < 20 && TimeProvider.System.GetElapsedTime(began) >= TimeSpan.FromSeconds(ttl);
            try
            {
                var scene = await set();
                if (!IsLate()) return scene;
            }
            catch (Exception) when (IsLate())
            {
                // the stream had ended before the scene stood
            }
        }
    }

    /// <summary>Waits until something that happens in its own time has happened.</summary>
    protected static async Task EventuallyAsync(Func<Task<bool>> happened)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60)); // a busy machine posts slowly
        while (!await happened()) await Task.Delay(5, patience.Token);
    }

    /// <summary>Posts messages and returns their timestamps.</summary>
    protected async Task<long[]> PostAsync(string stream, params string[] texts)
    {
        var timestamps = new long[texts.Length];
        for (var i = 0; i < texts.Length; i++)
            timestamps[i] = (await Api.PostAsync("/messages", ("stream", stream), ("message", texts[i]))).Ok()
                .GetProperty("Created").GetInt64();
        return timestamps;
    }

    /// <summary>Posts so many messages, <c>1</c>, <c>2</c>, … and returns their timestamps.</summary>
    protected Task<long[]> PostManyAsync(string stream, int count, int first = 1) =>
        PostAsync(stream, [.. Enumerable.Range(first, count).Select(number => $"{number}")]);

    /// <summary>The texts of a page.</summary>
    protected async Task<string[]> ReadAsync(string stream, string more = "limit=1024") =>
        Texts((await Api.GetAsync($"/messages?stream={Uri.EscapeDataString(stream)}&{more}")).Ok());

    /// <summary>
    /// The public streams whose names begin so. A list may be a second old: that time passes, unless nobody else can have asked
    /// this node for one.
    /// </summary>
    /// <param name="prefix">How their names begin.</param>
    /// <param name="hasPassed">Whether the test itself has let that time pass.</param>
    protected async Task<JsonElement> ListAsync(string prefix, bool hasPassed = false)
    {
        var mayBeOld = !_listed.Add(prefix) || prefix.Length == 0 || (Host.Addresses.Count > 1 && !hasPassed);
        if (mayBeOld || Host.Time is null) await PassAsync(1);
        return (await Api.GetAsync($"/streams?prefix={Uri.EscapeDataString(prefix)}")).Ok();
    }

    protected static string[] Texts(JsonElement page) =>
        [.. page.EnumerateArray().Select(message => message.GetProperty("Text").GetString()!)];

    protected static string[] Names(JsonElement json) => [.. json.EnumerateObject().Select(member => member.Name)];

    /// <summary>Asserts that an answer is the error of the contract.</summary>
    protected static JsonElement Refused(Answer answer, HttpStatusCode status, string? param = null)
    {
        Assert.Equal(status, answer.Status);
        Assert.Equal("application/problem+json", answer.ContentType);
        var problem = answer.Json();
        Assert.Equal((int)status, problem.GetProperty("status").GetInt32());
        Assert.NotEqual("", problem.GetProperty("title").GetString());
        Assert.NotEqual("", problem.GetProperty("detail").GetString());
        Assert.Equal(param, problem.TryGetProperty("param", out var named) ? named.GetString() : null);
        if (status is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable)
            Assert.True(answer.Headers.RetryAfter?.Delta > TimeSpan.Zero);
        return problem;
    }
}
