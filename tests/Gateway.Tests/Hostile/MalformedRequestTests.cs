using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Malten.Testing.Contract;
using Malten.Testing.Hostile.Malformed;
using Microsoft.Extensions.Logging;

namespace Malten.Gateway.Tests.Hostile;

/// <summary>
/// Requests with something wrong in them, made at random: none is a fault of the server, gets into a log, or stays.
/// MALTEN_MALFORMED says how many, MALTEN_TEST_SEED which.
/// </summary>
[Collection(nameof(Undisturbed))]
public sealed partial class MalformedRequestTests
{
    private const int Batch = 10_000;
    private const int WarmUp = 1000;
    private const long MostBytesLeft = 16 * 1024 * 1024;

    private static int Requests => Number("MALTEN_MALFORMED", 4000);

    private static int Seed => Number("MALTEN_TEST_SEED", Random.Shared.Next(1_000_000));

    [Fact]
    public async Task None_is_a_fault_of_the_server_gets_into_a_log_or_stays()
    {
        var (seed, canary, log) = (Seed, $"canary{Guid.NewGuid():N}", new KeptLog());
        await using var host = await GatewayHost.StartAsync(
            LogTests.Everything, builder => builder.Logging.ClearProviders().AddProvider(log));
        var fuzz = new MalformedRequests(host.Address, canary, seed);
        await fuzz.SendAsync(0, WarmUp);
        await Held.UntilNothingAsync(host);
        var bytes = GC.GetTotalMemory(true);
        for (var sent = 0; sent < Requests; sent += Batch)
        {
            await fuzz.SendAsync(WarmUp + sent, Math.Min(Batch, Requests - sent));
            await Held.UntilNothingAsync(host);
        }

        await using (var api = new Api(host.Addresses)) (await api.GetAsync("/messages")).Ok();
        var answers = string.Join(", ", fuzz.Answers.OrderBy(answer => answer.Key));
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}: {answers}");
        var logged = log.ToString();
        Assert.True(!Faults().IsMatch(logged), $"seed {seed}: {logged[..Math.Min(logged.Length, 4000)]}");
        Assert.True(fuzz.Answers.Keys.All(status => status is < 500 or 503 or 505), $"seed {seed}: {answers}");
        Assert.All([200, 201, 400, 403, 404, 405, 413, 414, 415, 431], status => Assert.Contains(status, fuzz.Answers)); // so they reach what there is
        Assert.True(!logged.Contains(canary, StringComparison.OrdinalIgnoreCase), $"seed {seed}: {Around(logged, canary)}");
        log.Clear(); // what the test keeps is not what the node keeps
        Assert.InRange(GC.GetTotalMemory(true) - bytes, long.MinValue, MostBytesLeft);
    }

    [Theory]
    [InlineData("X: \0")]
    [InlineData("X: \u00ff\u00fe")]
    public async Task A_body_that_nobody_reads_and_whose_end_is_broken_is_not_logged_as_a_fault(string trailer)
    {
        var log = new KeptLog();
        await using var host = await GatewayHost.StartAsync(
            LogTests.Everything, builder => builder.Logging.ClearProviders().AddProvider(log));
        using var client = new TcpClient();
        await client.ConnectAsync(host.Address.Host, host.Address.Port);
        await using var connection = client.GetStream();
        await connection.WriteAsync(Encoding.Latin1.GetBytes(
            $"POST /nothing HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{{}}\r\n0\r\n{trailer}\r\n\r\n"));
        using var answer = new StreamReader(connection, Encoding.Latin1);
        Assert.StartsWith("HTTP/1.1 404 ", await answer.ReadToEndAsync()); // until the node has closed the connection
        Assert.DoesNotMatch(Faults(), log.ToString());
    }

    [Fact]
    public void The_same_seed_makes_the_same_requests()
    {
        var (one, other) = (new MalformedRequests(new Uri("http://127.0.0.1"), "canary", 1), new MalformedRequests(new Uri("http://127.0.0.1"), "canary", 1));
        Assert.All(Enumerable.Range(0, 200), number => Assert.Equal(one.Request(number), other.Request(number)));
        Assert.InRange(Enumerable.Range(0, 1000).Select(number => Convert.ToHexString(one.Request(number))).Distinct().Count(), 900, 1000);
    }

    private static string Around(string log, string canary)
    {
        var at = log.IndexOf(canary, StringComparison.OrdinalIgnoreCase);
        return log[Math.Max(0, at - 1000)..Math.Min(log.Length, at + 200)];
    }

    private static int Number(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var number) ? number : otherwise;

    [GeneratedRegex("^(Error|Critical) ", RegexOptions.Multiline)]
    private static partial Regex Faults();
}
