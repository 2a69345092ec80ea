using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Malten.Testing.Nodes;

namespace Malten.Browser.Tests;

/// <summary>The relay that <c>deploy</c> sets up, in Debian's coturn: whom it does not relay to, and that it needs a secret.</summary>
public sealed class RelayOptionsTests
{
    private const string Secret = "of-this-test";
    private static readonly string Deploy = Path.Combine(Root(), "deploy");

    [Theory]
    [InlineData("403 (Forbidden IP)", "", "0.0.0.1", "10.1.2.3", "100.64.1.1", "127.0.0.1", "169.254.169.254", "172.31.0.1", "192.168.1.1", "198.18.0.1")]
    [InlineData("Total connect time", "", "9.9.9.9", "100.128.0.1", "172.32.0.1")]
    [InlineData("403 (Forbidden IP)", "-x", "::1", "::ffff:10.1.2.3", "fe80::1", "fc00::1", "fd12::1", "2002:a00:1::1", "64:ff9b::a00:1")]
    [InlineData("Total connect time", "-x", "2606:4700::1111")]
    [InlineData("442 (TCP Transport is not allowed", "-T", "9.9.9.9")]
    public async Task What_is_public_is_relayed_to_over_udp_and_nothing_else(string answer, string how, params string[] peers)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/turnserver") && File.Exists("/usr/bin/turnutils_uclient"), Coturn.Missing);
        Assert.SkipWhen(how == "-x" && !Socket.OSSupportsIPv6, "This machine has no IPv6.");
        var folder = Directory.CreateTempSubdirectory("malten-turn-");
        var port = FreePorts.Find(1, 1)[0];
        using var relay = Run("/usr/bin/turnserver",
        [
            "-c", Path.Combine(Deploy, "turnserver.conf"), $"--listening-port={port}", "--no-tls", "--no-dtls", $"--static-auth-secret={Secret}",
            "--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1", .. Socket.OSSupportsIPv6 ? (string[])["--relay-ip=::1"] : [], // so nothing leaves this machine
            "--user-quota=0", "--log-file=stdout", $"--pidfile={folder}/pid", $"--userdb={folder}/db",
        ]);
        try
        {
            await RelayPort.TakesConnectionsAsync(new IPEndPoint(IPAddress.Loopback, port));
            await RelayPort.AnswersAsync(new IPEndPoint(IPAddress.Loopback, port));
            foreach (var peer in peers)
            {
                using var client = Run("/usr/bin/turnutils_uclient",
                    [.. how.Length > 0 ? (string[])[how] : [], "-n", "1", "-m", "1", "-W", Secret, "-e", peer, "-p", $"{port}", "127.0.0.1"]);
                Assert.Contains(answer, await FirstAsync(client), StringComparison.Ordinal);
                client.Kill();
            }
        }
        finally
        {
            relay.Kill();
            await relay.WaitForExitAsync(TestContext.Current.CancellationToken);
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task The_relay_of_the_compose_file_does_not_start_without_a_secret()
    {
        var compose = await File.ReadAllTextAsync(Path.Combine(Deploy, "compose.yaml"), TestContext.Current.CancellationToken);
        var script = Regex.Match(compose, @"entrypoint: \[sh, -c, '([^']+)', turn\]").Groups[1].Value.Replace("$$", "$", StringComparison.Ordinal);
        Assert.StartsWith("exec turnserver", script, StringComparison.Ordinal);
        foreach (var (secret, code, said) in ((string, int, string)[])[("", 2, ""), ("one", 0, "-c a file --static-auth-secret=one\n")])
        {
            var echoing = script.Replace("exec turnserver", "exec echo", StringComparison.Ordinal);
            using var shell = Process.Start(new ProcessStartInfo("sh", ["-c", echoing, "turn", "-c", "a file"])
            {
                RedirectStandardOutput = true, RedirectStandardError = true, Environment = { ["MALTEN_TURN_SECRET"] = secret },
            })!;
            Assert.Equal(said, await shell.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken));
            await shell.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Equal(code, shell.ExitCode);
        }
    }

    private static Process Run(string program, string[] arguments) =>
        Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;

    /// <summary>The first line of a client's that says how it went; all that it said where it ended without one.</summary>
    private static async Task<string> FirstAsync(Process client)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var faults = client.StandardError.ReadToEndAsync(patience.Token);
        var said = "";
        while (await client.StandardOutput.ReadLineAsync(patience.Token) is { } line)
        {
            if (line.Contains("error", StringComparison.Ordinal) || line.Contains("Total connect time", StringComparison.Ordinal)) return line;
            said += $"{line}\n";
        }

        return said + await faults;
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Malten.sln"))) folder = folder.Parent!;
        return folder.FullName;
    }
}
