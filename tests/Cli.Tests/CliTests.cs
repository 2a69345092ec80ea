using Malten.Client;
using Malten.Testing;

namespace Malten.Cli.Tests;

/// <summary>A test of the program against a node of its own.</summary>
public abstract class CliTests : IAsyncLifetime
{
    private readonly List<IAsyncDisposable> _opened = [];

    internal RunningNode Node { get; private set; } = null!;

    /// <summary>Another client of the node.</summary>
    internal MaltenClient Client { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The tests need signals and a shell.");
        Node = Use(await RunningNode.StartAsync());
        Client = Use(new MaltenClient($"{Node.Address}"));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var one in Enumerable.Reverse(_opened)) await one.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    internal T Use<T>(T one) where T : IAsyncDisposable
    {
        _opened.Add(one);
        return one;
    }

    /// <summary>Runs the program to its end.</summary>
    internal async Task<CliProcess> RunAsync(params string[] arguments) => Use(await CliProcess.RunAsync(Node.Address, arguments));

    /// <summary>Starts the program, which listens when this returns.</summary>
    internal async Task<CliProcess> ListenAsync(string stream, params string[] arguments)
    {
        var before = (await Client.GetPresenceAsync(stream)).Observers;
        var process = Use(CliProcess.Start(Node.Address, arguments));
        await ObserversAreAsync(stream, before + 1);
        return process;
    }

    /// <summary>
    /// Starts the program on a terminal. It takes the shell's place: /bin/sh would hear Ctrl-C too, and end
    /// with 130 whatever the program makes of it.
    /// </summary>
    internal CliProcess Terminal(string line, params (string Name, string Value)[] environment)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/script"), "There is no 'script' that makes a terminal.");
        return Use(CliProcess.StartShell(
            Node.Address, $"script -qfec 'exec {line}' /dev/null", keepsInput: true, [("TERM", "xterm"), ("SHELL", "/bin/sh"), .. environment]));
    }

    internal async Task ObserversAreAsync(string stream, int count)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while ((await Client.GetPresenceAsync(stream)).Observers != count) await Task.Delay(10, limit.Token);
    }
}
