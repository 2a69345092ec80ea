using System.Diagnostics;

namespace Malten.Testing.Nodes;

/// <summary>
/// Hosts on one machine: network namespaces, each with one cable (veth) to a bridge. Cables can be unplugged.
/// Needs root and iproute2.
/// </summary>
public sealed class TestNetwork : IDisposable
{
    // Names and addresses are unique to this process, because several may run at a time.
    private static readonly string Mark = $"malten{Environment.ProcessId}";
    private static readonly string Bridge = $"{Mark}b";
    private static readonly string Prefix = $"10.77.{Environment.ProcessId % 256}";

    private TestNetwork(IReadOnlyList<(string Name, string Address)> hosts) => Hosts = hosts;

    public IReadOnlyList<(string Name, string Address)> Hosts { get; }

    /// <summary>Why network namespaces cannot be used here; null when they can.</summary>
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
        var network = new TestNetwork([.. Enumerable.Range(1, hosts).Select(i => ($"{Mark}-{i}", $"{Prefix}.{10 + i}"))]);
        RemoveLeftOvers();
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

    /// <summary>Unplugs a host's cable: nothing reaches it, and it reaches nothing.</summary>
    public void Cut(int host) => Run("ip", "link", "set", Cable(Hosts[host].Name), "down");

    /// <summary>Plugs the cable in again.</summary>
    public void Heal(int host) => Run("ip", "link", "set", Cable(Hosts[host].Name), "up");

    public void Dispose()
    {
        foreach (var (name, _) in Hosts) TryRun("ip", "netns", "del", name);
        foreach (var (name, _) in Hosts) TryRun("ip", "link", "del", Cable(name));
        TryRun("ip", "link", "del", Bridge);
    }

    private static string Cable(string host) => $"{host}c";

    /// <summary>Removes what killed runs have left behind. Removing a namespace removes its cable.</summary>
    private static void RemoveLeftOvers()
    {
        foreach (var name in Directory.Exists("/run/netns") ? Directory.GetFiles("/run/netns", "malten*-*").Select(file => Path.GetFileName(file)) : [])
        {
            var mark = name[..name.IndexOf('-', StringComparison.Ordinal)];
            if (Directory.Exists($"/proc/{mark["malten".Length..]}")) continue;
            TryRun("ip", "netns", "del", name);
            TryRun("ip", "link", "del", $"{mark}b");
        }
    }

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
