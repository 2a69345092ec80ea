using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Malten.Testing.Nodes;

namespace Malten.Browser.Tests.Hosting;

/// <summary>A relay on this machine: Debian's coturn, over UDP, TCP and TLS, with a secret that it shares with the node.</summary>
public sealed class Coturn : IAsyncDisposable
{
    /// <summary>Why a test was skipped.</summary>
    public const string Missing = "coturn is not installed (the package 'coturn').";

    private static readonly string[] Places = ["/usr/bin/turnserver", "/usr/local/bin/turnserver"];

    private readonly string _folder = Directory.CreateTempSubdirectory("malten-turn-").FullName;
    private readonly string _secret = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
    private readonly (int Plain, int Tls) _ports;
    private readonly string _program;
    private readonly string _address;
    private Process _process;

    private Coturn(string program, string address)
    {
        (_program, _address) = (program, address);
        _ports = FreePorts.Find(2, 1) is [var plain, var tls] ? (plain, tls) : default; // none that the system may give away while it is stopped
        WriteCertificate();
        _process = Run();
    }

    /// <summary>The settings of a node that hands it out.</summary>
    public string[] Settings => Of($"turn:{_address}:{_ports.Plain}?transport=udp");

    /// <summary>The same, over TLS alone.</summary>
    public string[] TlsSettings => Of($"turns:localhost:{_ports.Tls}?transport=tcp");

    /// <summary>Both, over UDP and over TLS.</summary>
    public string[] BothSettings => Of($"turn:{_address}:{_ports.Plain}?transport=udp,turns:{_address}:{_ports.Tls}?transport=tcp");

    /// <summary>Starts one at an address of this machine; null where it is not installed.</summary>
    public static async Task<Coturn?> StartAsync(string address = "127.0.0.1")
    {
        if (Places.FirstOrDefault(File.Exists) is not { } program) return null;
        var relay = new Coturn(program, address);
        await relay.AnswersAsync();
        return relay;
    }

    /// <summary>Kills it.</summary>
    public async Task StopAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    /// <summary>Starts it at the same ports, without what it remembered.</summary>
    public async Task StartAgainAsync()
    {
        _process = Run();
        await AnswersAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private Process Run()
    {
        var process = Process.Start(new ProcessStartInfo(_program,
        [
            "-n", $"--listening-ip={_address}", $"--relay-ip={_address}", $"--listening-port={_ports.Plain}", $"--tls-listening-port={_ports.Tls}",
            "--use-auth-secret", $"--static-auth-secret={_secret}", "--realm=malten", "--fingerprint", "--allow-loopback-peers", "--no-cli",
            "--no-multicast-peers", "--no-dtls", $"--cert={_folder}/cert.pem", $"--pkey={_folder}/key.pem", $"--pidfile={_folder}/pid",
            "--log-file=stdout", "--simple-log", $"--userdb={_folder}/db",
        ])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = _folder,
        })!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private string[] Of(string url) => [$"--Malten:Calls:IceServers={url}", $"--Malten:Calls:TurnSecret={_secret}"];

    private async Task AnswersAsync()
    {
        var address = IPAddress.Parse(_address);
        await RelayPort.TakesConnectionsAsync(new IPEndPoint(address, _ports.Tls));
        await RelayPort.TakesConnectionsAsync(new IPEndPoint(address, _ports.Plain));
        await RelayPort.AnswersAsync(new IPEndPoint(address, _ports.Plain));
        Assert.False(_process.HasExited, "coturn did not start");
    }

    private void WriteCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(7));
        File.WriteAllText($"{_folder}/cert.pem", certificate.ExportCertificatePem());
        File.WriteAllText($"{_folder}/key.pem", key.ExportPkcs8PrivateKeyPem());
    }
}
