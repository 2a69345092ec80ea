using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Malten.Docs.Tests;

/// <content>A server of a machine that nobody can reach, by way of a pipe.</content>
public sealed partial class RecipeTests
{
    private const string Greeting = "SSH-2.0-";

    private async Task ReachAMachineBehindNatAsync()
    {
        Tools.Require("ssh");
        var ends = (await RunAsync(Next("sh"))).Split('\n');
        Save("serve");
        Save("dial");
        using var server = new TcpListener(IPAddress.Loopback, 0);
        server.Start();
        var serving = ServeAsync(server, times: 3);
        await using var serve = _workspace.Start($"./serve '{ends[0]}' {((IPEndPoint)server.LocalEndpoint).Port}");
        for (var i = 0; i < 2; i++) // one connection after another
            Assert.Equal(new string('x', 100_000), await RunAsync(
                "coproc ./dial \"$SECOND\"; { printf 'x%.0s' $(seq 100000); echo; } >&${COPROC[1]}; read -r line <&${COPROC[0]}; printf %s \"$line\"",
                ("SECOND", ends[1])));
        await using var ssh = Start(Next("sh"), ("SECOND", ends[1]));
        await ssh.EndAsync(); // with an error: this server has no more to say than how it is called
        Assert.StartsWith(Greeting, await serving.WaitAsync(TimeSpan.FromSeconds(30)), StringComparison.Ordinal);
    }

    /// <summary>Repeats a line to each of so many clients that send one, and returns the first line of the last.</summary>
    private static async Task<string> ServeAsync(TcpListener server, int times)
    {
        var last = "";
        while (times > 0)
        {
            using var client = await server.AcceptTcpClientAsync();
            using var reader = new StreamReader(client.GetStream(), Encoding.Latin1);
            if (await reader.ReadLineAsync() is not { } line) continue; // whoever opened it has found nobody at the other end
            await client.GetStream().WriteAsync(Encoding.Latin1.GetBytes($"{line}\n"));
            if (line.StartsWith(Greeting, StringComparison.Ordinal)) return line;
            await reader.ReadToEndAsync();
            (last, times) = (line, times - 1);
        }

        return last;
    }
}
