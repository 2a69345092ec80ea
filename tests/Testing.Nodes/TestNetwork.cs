using System.Diagnostics;

namespace Malten.Testing.Nodes;

/// <summary>
/// Hosts on one machine: network namespaces, each with one cable (veth) to a bridge. Cables can be unplugged, lose packets
/// in one direction, and be slow. Needs root and iproute2.
/// </summary>
public sealed class TestNetwork : IDisposable
{
    // Names and addresses are unique to this process, because several may run at a time.
    private static readonly string Mark = $"malten{Environment.ProcessId}";
    private static readonly string Bridge = $"{Mark}b";
    private static readonly string OtherBridge = $"{Mark}o";
    private static readonly string Prefix = $"10.77.{Environment.ProcessId % 256}";

    // Nobody has it: what is sent there is lost.
    private const string NobodysAddress = "02:00:00:00:00:01";

    private readonly List<ShapedCable> _cables = [];

    private TestNetwork(IReadOnlyList<(string Name, string Address)> hosts) => Hosts = hosts;

    public IReadOnlyList<(string Name, string Address)> Hosts { get; }

    /// <summary>This program's own address in the network.</summary>
    public static string OwnAddress => $"{Prefix}.1";

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

    /// <summary>Makes the hosts. Cables that may become slow cost this program a copy of each frame.</summary>
    public static TestNetwork Create(int hosts, bool mayBeSlow = false)
    {
        var network = new TestNetwork([.. Enumerable.Range(1, hosts).Select(i => ($"{Mark}-{i}", $"{Prefix}.{10 + i}"))]);
        RemoveLeftOvers();
        Run("ip", "link", "add", Bridge, "type", "bridge");
        Run("ip", "addr", "add", $"{OwnAddress}/24", "dev", Bridge);
        Run("ip", "link", "set", Bridge, "up");
        foreach (var (name, address) in network.Hosts)
        {
            Run("ip", "netns", "add", name);
            if (mayBeSlow) network.AddShapedCable(name);
            else Run("ip", "link", "add", Cable(name), "type", "veth", "peer", "name", "eth0", "netns", name);
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

    /// <summary>From now on, what one host sends to the other is lost. What the other sends arrives.</summary>
    public void Lose(int from, int to) =>
        Run("ip", "-n", Hosts[from].Name, "neigh", "replace", Hosts[to].Address, "lladdr", NobodysAddress, "dev", "eth0", "nud", "permanent");

    /// <summary>What one host sends to the other arrives again.</summary>
    public void Deliver(int from, int to) => Run("ip", "-n", Hosts[from].Name, "neigh", "del", Hosts[to].Address, "dev", "eth0");

    /// <summary>From now on, a host sends no UDP, as behind a firewall that lets the web through and nothing else.</summary>
    public void ForbidUdp(int host)
    {
        foreach (var family in (string[])["-4", "-6"])
        {
            Run("ip", "-n", Hosts[host].Name, family, "rule", "add", "pref", "1", "lookup", "local");
            Run("ip", "-n", Hosts[host].Name, family, "rule", "del", "pref", "0");
            Run("ip", "-n", Hosts[host].Name, family, "rule", "add", "pref", "0", "ipproto", "udp", "prohibit");
        }
    }

    /// <summary>Makes a host's cable slow, or as fast as it was. Only where it was created as one that may be slow.</summary>
    public void Slow(int host, Slowness? slowness) => _cables[host].Slowness = slowness;

    /// <summary>How late a frame on a host's cable was at most. More than some milliseconds: this machine is too busy to shape it.</summary>
    public TimeSpan Lateness(int host) => _cables[host].Lateness;

    /// <summary>
    /// Splits the network: these hosts reach each other and this program, the others reach each other and this program, and
    /// neither side reaches the other.
    /// </summary>
    public void Split(params int[] hosts)
    {
        Run("ip", "link", "add", OtherBridge, "type", "bridge");
        Run("ip", "addr", "add", $"{OwnAddress}/32", "dev", OtherBridge);
        Run("ip", "link", "set", OtherBridge, "up");
        foreach (var host in hosts)
        {
            Run("ip", "link", "set", Cable(Hosts[host].Name), "master", OtherBridge);
            Run("ip", "route", "add", $"{Hosts[host].Address}/32", "dev", OtherBridge, "src", OwnAddress);
        }
    }

    /// <summary>Makes one network of the two sides again.</summary>
    public void Unite()
    {
        foreach (var (name, _) in Hosts) Run("ip", "link", "set", Cable(name), "master", Bridge);
        Run("ip", "link", "del", OtherBridge); // its routes go with it
    }

    public void Dispose()
    {
        foreach (var (name, _) in Hosts) TryRun("ip", "netns", "del", name);
        foreach (var (name, _) in Hosts) TryRun("ip", "link", "del", Cable(name));
        TryRun("ip", "link", "del", Bridge);
        TryRun("ip", "link", "del", OtherBridge);
        foreach (var cable in _cables) cable.Dispose();
    }

    private void AddShapedCable(string host)
    {
        var end = $"{host}h";
        _cables.Add(new ShapedCable(Cable(host), end));
        Run("ip", "link", "set", end, "netns", host);
        Run("ip", "-n", host, "link", "set", end, "name", "eth0");
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
            TryRun("ip", "link", "del", $"{mark}o");
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
