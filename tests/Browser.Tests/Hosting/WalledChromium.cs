using Malten.Testing.Nodes;

namespace Malten.Browser.Tests.Hosting;

/// <summary>A browser on a host of its own, from which no UDP gets out: a network namespace, so it needs root.</summary>
public sealed class WalledChromium : CallChromium
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("malten-wall-");
    private TestNetwork? _network;

    /// <summary>Why there is none; null when there is.</summary>
    public string? Missing { get; } = TestNetwork.Missing();

    /// <summary>Where the browser reaches this machine.</summary>
    public string Address => TestNetwork.OwnAddress;

    /// <summary>The port of a node there that the browser takes for a secure context.</summary>
    public int Port { get; } = FreePorts.Find(1, 1)[0];

    protected override string Program
    {
        get
        {
            var path = Path.Combine(_folder.FullName, "chromium");
            File.WriteAllText(path, $"#!/bin/sh\nexec ip netns exec {_network!.Hosts[0].Name} '{base.Program}' \"$@\"\n");
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
            return path;
        }
    }

    protected override IEnumerable<string> Flags => [.. base.Flags, $"--unsafely-treat-insecure-origin-as-secure=http://{Address}:{Port}"];

    public override async ValueTask InitializeAsync()
    {
        if (Missing is not null) return;
        _network = TestNetwork.Create(1);
        _network.ForbidUdp(0);
        await base.InitializeAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _network?.Dispose();
        _folder.Delete(recursive: true);
    }
}
