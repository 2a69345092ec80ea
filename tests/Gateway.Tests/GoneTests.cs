using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Malten.Testing.Memory;
using Malten.Testing.Processes;

namespace Malten.Gateway.Tests;

/// <summary>What has ended or was evicted is found nowhere in the memory of a node that goes on serving.</summary>
public sealed class GoneTests : IDisposable
{
    private readonly DirectoryInfo _files = Directory.CreateTempSubdirectory("malten-");
    private string? _certificate;

    /// <summary>Without and with TLS.</summary>
    public static TheoryData<bool> Ways => [false, true];

    public void Dispose() => _files.Delete(recursive: true);

    [Theory, MemberData(nameof(Ways))]
    public async Task Texts_of_streams_that_have_ended(bool withTls)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "/proc is needed.");
        await using var node = await StartAsync(withTls);
        using var http = Client(node);
        await using var session = new CanarySession([http], [node.Id]);
        session.TalkMeanwhile();
        await session.BeginAsync("ended", 6);
        await session.SayAsync("ended");
        await session.EndedAsync("ended");
        await session.AssertGoneAsync();
    }

    [Theory, MemberData(nameof(Ways))]
    public async Task Texts_that_were_evicted(bool withTls)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "/proc is needed.");
        await using var node = await StartAsync(withTls);
        using var http = Client(node);
        await using var session = new CanarySession([http], [node.Id]);
        await session.BeginAsync("evicted", 600);
        await session.SayAsync("evicted");
        await session.EvictAsync("evicted");
        await session.AssertGoneAsync();
    }

    [Theory, MemberData(nameof(Ways))]
    public async Task Nothing_waits_with_a_pinned_buffer_for_changes_of_files(bool withTls)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "/proc is needed.");
        await using var node = await StartAsync(withTls);
        var open = Directory.GetFiles($"/proc/{node.Id}/fd").Select(file => File.ResolveLinkTarget(file, returnFinalTarget: false)?.Name);
        Assert.DoesNotContain(open, name => name?.Contains("inotify", StringComparison.Ordinal) == true);
    }

    /// <summary>HTTP/1.1, or HTTP/2 with TLS.</summary>
    private HttpClient Client(NodeProcess node) => new(new SocketsHttpHandler
    {
        SslOptions = { RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate?.GetCertHashString() == _certificate },
    })
    {
        BaseAddress = node.Address, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        DefaultRequestVersion = node.Address.Scheme == "https" ? HttpVersion.Version20 : HttpVersion.Version11,
    };

    private Task<NodeProcess> StartAsync(bool withTls)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        var (certificateFile, keyFile) = (Path.Combine(_files.FullName, "certificate.pem"), Path.Combine(_files.FullName, "key.pem"));
        File.WriteAllText(certificateFile, certificate.ExportCertificatePem());
        File.WriteAllText(keyFile, key.ExportPkcs8PrivateKeyPem());
        _certificate = certificate.GetCertHashString();
        return GatewayProcess.StartAsync(("ASPNETCORE_URLS", $"{(withTls ? "https" : "http")}://127.0.0.1:0"),
            ("Kestrel__Certificates__Default__Path", certificateFile), ("Kestrel__Certificates__Default__KeyPath", keyFile),
            ("Malten__PostsPerSecondPerClientAndStream", "100000"), ("Malten__PostBurstPerClientAndStream", "100000"),
            ("Malten__PostsPerSecondPerClient", "100000"));
    }
}
