using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using Malten.Testing;
using Malten.Testing.Contract;
using Malten.Testing.Memory;
using Malten.Testing.Processes;
using Malten.Testing.Provider;
using Malten.Testing.Telemetry;

namespace Malten.Published.Tests;

/// <summary>What a gateway has beside the contract, and what trimming could take from it without a word.</summary>
public sealed partial class GatewayFileTests
{
    [Fact]
    public async Task It_serves_the_page_with_all_that_it_loads()
    {
        await using var node = await NodeProcess.StartAsync([PublishedFile.Gateway]);
        using var http = new HttpClient { BaseAddress = node.Address };
        http.DefaultRequestHeaders.Accept.ParseAdd("text/html");
        var page = await http.GetStringAsync("/");
        var loaded = Loaded().Matches(page).Select(match => match.Groups["path"].Value).Distinct().ToList();
        Assert.NotEmpty(loaded);
        foreach (var path in loaded) Assert.NotEmpty(await http.GetByteArrayAsync(path));
        var single = await http.GetByteArrayAsync("/malten.html");
        Assert.StartsWith(Convert.ToHexStringLower(SHA256.HashData(single)), await http.GetStringAsync("/malten.html.sha256"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_serves_over_TLS()
    {
        var files = Directory.CreateTempSubdirectory("malten-");
        try
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            using var certificate = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256)
                .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
            var (certificateFile, keyFile) = (Path.Combine(files.FullName, "certificate.pem"), Path.Combine(files.FullName, "key.pem"));
            await File.WriteAllTextAsync(certificateFile, certificate.ExportCertificatePem(), TestContext.Current.CancellationToken);
            await File.WriteAllTextAsync(keyFile, key.ExportPkcs8PrivateKeyPem(), TestContext.Current.CancellationToken);
            await using var node = await NodeProcess.StartAsync([PublishedFile.Gateway], ("ASPNETCORE_URLS", "https://127.0.0.1:0"),
                ("Kestrel__Certificates__Default__Path", certificateFile), ("Kestrel__Certificates__Default__KeyPath", keyFile));
            using var http = new HttpClient(new SocketsHttpHandler
            {
                SslOptions = { RemoteCertificateValidationCallback = (_, shown, _, _) => shown?.GetCertHashString() == certificate.GetCertHashString() },
            })
            {
                BaseAddress = node.Address, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact, DefaultRequestVersion = HttpVersion.Version20,
            };
            Assert.Contains("ready", await http.GetStringAsync("/readyz"), StringComparison.Ordinal);
        }
        finally
        {
            files.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Texts_that_are_gone_are_nowhere_in_its_memory()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "/proc is needed.");
        await using var node = await NodeProcess.StartAsync([PublishedFile.Gateway], Unlimited.Settings);
        using var http = new HttpClient { BaseAddress = node.Address };
        await using var session = new CanarySession([http], [node.Id]);
        session.TalkMeanwhile();
        await session.BeginAsync("ended", 6);
        await session.SayAsync("ended");
        await session.EndedAsync("ended");
        await session.AssertGoneAsync();
        Assert.DoesNotContain("warn:", node.Output, StringComparison.Ordinal); // that arrays of threads can't be reached would be one
    }

    [Fact]
    public async Task A_model_answers_commands()
    {
        await using var provider = await FakeProvider.StartAsync();
        await using var node = await NodeProcess.StartAsync([PublishedFile.Gateway],
            ("OPENAI_API_KEY", FakeProvider.Key), ("OPENAI_BASE_URL", provider.BaseUrl));
        await using var api = new Api([node.Address]);
        var listener = await api.HearAsync("kitchen");
        (await api.PostAsync("/commands", ("stream", "kitchen"), ("prompt", "What is it?"))).Ok();
        while (await listener.NextAsync() is not { Type: "message", Text: "An answer." })
        {
        }

        Assert.Equal($"Bearer {FakeProvider.Key}", (await provider.NextRequestAsync()).Authorization);
    }

    [Fact]
    public async Task Metrics_are_exported()
    {
        await using var collector = await Collector.StartAsync();
        await using var node = await NodeProcess.StartAsync([PublishedFile.Gateway], ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Address),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"), ("OTEL_METRIC_EXPORT_INTERVAL", "100"));
        await using var api = new Api([node.Address]);
        (await api.PostAsync("/messages", ("message", "a"))).Ok();
        foreach (var metric in new[] { "malten.messages.in", "http.server.request.duration", "kestrel.active_connections" })
            await Eventually.IsSoAsync(() => collector.Received.Contains(metric, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Malten__MaxStreams", "0", "Malten:MaxStreams must be between 1 and 10000000.")]
    [InlineData("Malten__MaxStreams", "", "Malten:MaxStreams has no value.")]
    [InlineData("Malten__MaxStrems", "10", "There is no setting Malten:MaxStrems.")]
    [InlineData("Malten__ListenersPerClient", "many", "Malten:ListenersPerClient")]
    [InlineData("Malten__TrustedProxies__0", "everybody", "Malten:TrustedProxies has 'everybody'")]
    [InlineData("Malten__Calls__TurnSecret", "x", "Malten:Calls:TurnSecret")]
    [InlineData("Malten__Chat__MaxWaiting", "0", "Malten:Chat:MaxWaiting must be a number from 1 to 65536.")]
    public async Task Settings_that_make_no_sense_are_explained(string variable, string value, string explanation)
    {
        await using var node = await NodeProcess.FailAsync([PublishedFile.Gateway], (variable, value));
        Assert.Equal(1, node.ExitCode);
        Assert.Contains("Malten can't start: ", node.Output, StringComparison.Ordinal);
        Assert.Contains(explanation, node.Output, StringComparison.Ordinal);
    }

    [GeneratedRegex("""(?:src|href)="(?<path>/?page/[^"]+)""")]
    private static partial Regex Loaded();
}
