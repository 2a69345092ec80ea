using System.Diagnostics;

namespace Malten.Bench.Chaos;

/// <summary>
/// Hosts on one machine: network namespaces, each with one cable (veth) to a bridge. A cable can be pulled and put back.
/// Needs root and iproute2.
/// </summary>
public sealed class TestNetwork : IDisposable
{
    private const string Bridge = "malten-br";
    private const string Prefix = "10.77.0";

    private TestNetwork(IReadOnlyList<(string Name, string Address)> hosts) => Hosts = hosts;

    public IReadOnlyList<(string Name, string Address)> Hosts { get; }

    /// <summary>Why there can be none here; null when there can.</summary>
    public static string? Missing()
    {
        if (!OperatingSystem.IsLinux() || Environment.UserName != "root") return "network namespaces need Linux and root";
        try
        {
            return TryRun("ip", "netns", "list") ? null : "ip netns does not work here";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "iproute2 is not installed";
        }
    }

    public static TestNetwork Create(int hosts)
    {
        var network = new TestNetwork([.. Enumerable.Range(1, hosts).Select(i => ($"malten-{i}", $"{Prefix}.{10 + i}"))]);
        network.Dispose(); // what a run that was killed left behind
        Run("ip", "link", "add", Bridge, "type", "bridge");
        Run("ip", "addr", "add", $"{Prefix}.1/24", "dev", Bridge);
        Run("ip", "link", "set", Bridge, "up");
        foreach (var (name, address) in network.Hosts)
        {
            Run("ip", "netns", "add", name);
            Run("ip", "link", "add", Cable(name), "type", "veth", "peer", "name", "eth0", "netns", name);
            Run("ip", "link", "set", Cable(name), "master", Bridge, "up");
            Run("ip", "-n", name, "addr", "add", $"{address}/24", "dev", "eth0");
            Run("ip", "-n", name, "link", "set", "eth0", "up");
            Run("ip", "-n", name, "link", "set", "lo", "up");
        }

        return network;
    }

    /// <summary>Pulls a host's cable: nothing reaches it, and it reaches nothing.</summary>
    public void Cut(int host) => Run("ip", "link", "set", Cable(Hosts[host].Name), "down");

    /// <summary>Puts the cable back.</summary>
    public void Heal(int host) => Run("ip", "link", "set", Cable(Hosts[host].Name), "up");

    public void Dispose()
    {
        foreach (var (name, _) in Hosts) TryRun("ip", "netns", "del", name);
        foreach (var (name, _) in Hosts) TryRun("ip", "link", "del", Cable(name));
        TryRun("ip", "link", "del", Bridge);
    }

    private static string Cable(string host) => $"{host}-c";

    private static void Run(params string[] command)
    {
        if (!TryRun(command)) throw new InvalidOperationException($"failed: {string.Join(' ', command)}");
    }

    private static bool TryRun(params string[] command)
    {
        using var process = Process.Start(new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardError = true, RedirectStandardOutput = true,
        })!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
