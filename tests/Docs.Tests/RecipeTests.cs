using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Malten.Testing;

namespace Malten.Docs.Tests;

/// <summary>
/// Each recipe of <c>docs/recipes.md</c> does what its text says: its blocks are taken in their order, saved where they say so, and run as
/// they stand. Programs that a machine need not have, such as <c>notify-send</c>, are stood in for by ones that print what they get.
/// </summary>
public sealed partial class RecipeTests : IDisposable
{
    private const string Page = "docs/recipes.md";
    private const string Saved = "file: ";
    private const string Functions = "Two functions";

    private readonly Node _node;
    private readonly Workspace _workspace;

    // What is left of the recipe.
    private readonly Queue<CodeBlock> _blocks = new();

    public RecipeTests(Node node)
    {
        (_node, _workspace) = (node, new Workspace(node.Address));
        _workspace.Save("malten.sh", CodeBlock.In(Repository.Read(Page)).Single(block => block.Section == Functions).Code);
    }

    /// <summary>The recipes on the page.</summary>
    public static TheoryData<string> Recipes =>
        [.. CodeBlock.In(Repository.Read(Page)).Select(block => block.Section).Distinct().Where(section => section != Functions)];

    [Theory]
    [MemberData(nameof(Recipes))]
    public async Task A_recipe_does_what_its_text_says(string recipe)
    {
        Tools.Require("bash", "curl", "jq");
        foreach (var block in CodeBlock.In(Repository.Read(Page)).Where(block => block.Section == recipe)) _blocks.Enqueue(block);
        await (recipe switch
        {
            "Notify from cron" => NotifyFromCronAsync(),
            "Watch a deploy" => WatchADeployAsync(),
            "A doorbell" => RingADoorbellAsync(),
            "Share a clipboard" => ShareAClipboardAsync(),
            "A file by two curl commands" => SendAFileAsync(),
            "A build's log followed by many" => FollowABuildAsync(),
            "Two machines behind NAT" => ReachAMachineBehindNatAsync(),
            "An agent that listens and answers" => AskAnAgentAsync(),
            _ => throw new InvalidOperationException($"The recipe '{recipe}' needs a check."),
        });
        Assert.Empty(_blocks); // a new block needs a check
    }

    public void Dispose() => _workspace.Dispose();

    private async Task NotifyFromCronAsync()
    {
        Save("notify");
        var host = new string('h', 40); // longer than a user may be
        _workspace.SaveProgram("uname", $"echo {host}");
        _workspace.SaveProgram("backup", """echo "$1 is full"; printf 'ü%.0s' $(seq 2000); printf '\377'; exit 3""");
        var (first, second) = (Next("crontab").Replace("/opt/malten", _workspace.FullPath(""), StringComparison.Ordinal), Next("crontab"));
        Assert.Equal("code 3\n", await CronAsync(first));
        var told = Assert.Single(await MessagesAsync("cron"));
        Assert.Equal($"backup /home ended with code 3\n{new string('ü', 798)}\uFFFD", $"{told["Text"]}");
        Assert.Equal(host[..32], $"{told["User"]}");
        _workspace.SaveProgram("backup", "echo All is well.");
        Assert.Equal("code 0\n", await CronAsync(first)); // what a job prints cron sends by mail
        Assert.Single(await MessagesAsync("cron"));
        Assert.Equal("code 0\n", await CronAsync(second));
        Assert.Equal("All is well.", $"{(await MessagesAsync("cron"))[^1]["Text"]}");
    }

    /// <summary>Runs a crontab's job as cron does: by sh, with what the crontab sets and hardly anything else.</summary>
    private Task<string> CronAsync(string crontab)
    {
        var lines = crontab.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var settings = string.Join(' ', lines[..^1].Select(line => $"'{line.Replace("localhost:9090", _node.Address.Authority, StringComparison.Ordinal)}'"));
        var job = string.Join(' ', lines[^1].Split(' ')[5..]);
        return _workspace.RunAsync($"env -i PATH=\"$PATH\" {settings} /bin/sh -c \"$(cat <<'JOB'\n{job}\nJOB\n)\" 2>&1; echo \"code $?\"");
    }

    private async Task WatchADeployAsync()
    {
        Save("deploy");
        Save("await-deploy");
        foreach (var step in new[] { "build", "migrate", "restart" }) _workspace.Save(step, "#!/bin/sh\n");
        Assert.Equal("begun\n./build is done\n./migrate is done\n./restart is done\nfinished\ncode 0\n", await AwaitDeployAsync("./deploy"));
        _workspace.Save("migrate", "#!/bin/sh\nexit 5\n");
        Assert.Equal("begun\n./build is done\nfailed: ./migrate\ncode 1\n", await AwaitDeployAsync("! ./deploy"));
        await using var malten = _workspace.Start(Next("sh"));
        await malten.WaitForAsync(": failed: ./migrate\n");
    }

    private async Task<string> AwaitDeployAsync(string deploy)
    {
        await using var waiting = _workspace.Start("./await-deploy; echo \"code $?\"");
        await ObserversAreAsync(1, "deploy");
        Assert.Equal("", await _workspace.RunAsync(deploy));
        await waiting.EndAsync();
        await Eventually.IsSoAsync(async () => // what comes next ends the connection that nobody reads
        {
            await RunAsync("post deploy 'a word'");
            return await CountObserversAsync("deploy") == 0;
        });
        return waiting.Output;
    }

    private async Task RingADoorbellAsync()
    {
        _workspace.SaveProgram("notify-send", """printf '[%s]' "$@"; cat""");
        var (ring, listen, malten) = (Next("sh"), Next("sh"), Next("sh"));
        await RunAsync("post door 'an old ring'");
        await using (var home = Start(listen))
        {
            await ObserversAreAsync(1, "door");
            Assert.Equal("", await RunAsync(ring));
            await home.WaitForAsync("[--][Doorbell][Somebody is at the door]");
            await RunAsync("post door \"$TEXT\"", ("TEXT", "-n '; touch rung; ' $(touch rung) `touch rung`\n\"Type\":\"event\" 😀"));
            await home.WaitForAsync("[--][Doorbell][-n '; touch rung; ' $(touch rung) `touch rung`\n\"Type\":\"event\" 😀]");
            Assert.DoesNotContain("old", home.Output, StringComparison.Ordinal);
            Assert.False(File.Exists(_workspace.FullPath("rung")));
        }

        await ObserversAreAsync(0, "door");
        await using var shorter = Start(malten);
        await ObserversAreAsync(1, "door");
        await RunAsync("post door again");
        await shorter.WaitForAsync("[Doorbell][Somebody is at the door]again");
    }

    private async Task ShareAClipboardAsync()
    {
        const string Text = " a&b=c+%41 \"q\" 'q' $(id) \\n ü😀\n\tsecond line";
        var clip = (await RunAsync(Next("sh"))).Trim();
        Assert.Matches("^clip=[A-Za-z0-9_-]{22}$", clip);
        var functions = $"{clip}\n{Next("sh")}";
        Assert.Equal("", await RunAsync($"{functions}\nclip_paste"));
        Assert.Equal(Text, await RunAsync($"{functions}\necho first | clip_copy; printf %s \"$TEXT\" | clip_copy; clip_paste", ("TEXT", Text)));
        var name = clip["clip=".Length..];
        Assert.Single(await MessagesAsync(name));
        Assert.DoesNotContain(name, await _node.Http.GetStringAsync("streams"), StringComparison.Ordinal);
        _workspace.SaveProgram("xclip", """printf '<%s>' "$*"; cat""");
        await using var malten = Start($"{clip}\n{Next("sh")}");
        await ObserversAreAsync(1, name);
        await RunAsync($"{functions}\nprintf %s \"$TEXT\" | clip_copy", ("TEXT", Text));
        await malten.WaitForAsync($"<-selection clipboard>{Text}");
    }

    private async Task SendAFileAsync()
    {
        var ends = (await RunAsync(Next("sh"))).Split('\n');
        var (receive, send) = ($"{Next("sh")}\necho \"code $?\"", Next("sh"));
        var (first, second) = (ends[0], ends[1]);
        var bytes = RandomNumberGenerator.GetBytes(3_000_000);
        await File.WriteAllBytesAsync(_workspace.FullPath("file"), bytes);
        await using (var receiver = Start(receive, ("FIRST", first)))
        {
            Assert.Equal("""{"Taken":3000000}""", await RunAsync(send, ("SECOND", second)));
            await receiver.EndAsync();
            Assert.Equal("code 0\n", receiver.Output);
        }

        Assert.Equal(bytes, await File.ReadAllBytesAsync(_workspace.FullPath("copy")));
        await using (var sender = Start(Next("sh")))
        {
            await sender.WaitForAsync("#/p/");
            await RunAsync(Next("sh"));
            await sender.EndAsync();
        }

        Assert.Equal(bytes, await File.ReadAllBytesAsync(_workspace.FullPath("received/file")));
        await RunAsync("rm copy file; mkfifo file"); // which does not end
        await using var broken = Start(receive, ("FIRST", first));
        await using (Start("{ head -c 1000000 /dev/zero; sleep 600; } > file"))
        await using (Start(send, ("SECOND", second)))
            await Eventually.IsSoAsync(() => new FileInfo(_workspace.FullPath("copy.part")) is { Exists: true, Length: > 1000 });
        await broken.EndAsync();
        Assert.Matches("^code [1-9]", broken.Output);
        Assert.False(File.Exists(_workspace.FullPath("copy")));
    }

    private async Task FollowABuildAsync()
    {
        _workspace.SaveProgram("make", """seq 1000; printf '\033[2J\n'; printf 'ü%.0s' $(seq 3000); printf '\377\n'; exit 2""");
        var printed = string.Concat(Enumerable.Range(1, 1000).Select(i => $"{i}\n")) + $"[2J\n{new string('ü', 3000)}\uFFFD\nmake: code 2\n";
        var (build, follow) = (Next("sh"), Next("sh"));
        await using (var early = Start(follow))
        {
            await ObserversAreAsync(1, "build");
            Assert.Equal("", await RunAsync(build));
            await early.WaitForAsync("make: code 2\n");
            Assert.Equal(printed, early.Output);
        }

        await using (var late = Start(follow))
        {
            await late.WaitForAsync("make: code 2\n");
            Assert.Equal(printed, late.Output);
        }

        _workspace.SaveProgram("make", "echo compiled; echo linked");
        Assert.Equal("", await RunAsync(Next("sh")));
        Assert.Equal(["compiled", "linked"], (await MessagesAsync("build")).TakeLast(2).Select(message => $"{message["Text"]}"));
    }

    private async Task AskAnAgentAsync()
    {
        Save("agent");
        var ask = Next("sh");
        await using (_workspace.Start("./agent"))
        {
            await ObserversAreAsync(1, "lab");
            await RunAsync(ask);
            Assert.StartsWith("Filesystem", await AnswerAsync(1), StringComparison.Ordinal);
            await RunAsync(ask.Replace("prompt=disk", "prompt=$(touch told); touch told", StringComparison.Ordinal));
            Assert.Equal("Ask me for disk or host.", await AnswerAsync(2));
            Assert.False(File.Exists(_workspace.FullPath("told")));
        }

        Save("worker");
        _workspace.Save("work", "#!/bin/sh\necho \"($(cat))\"\n");
        await RunAsync("post jobs 'one $(id)'; post jobs two");
        await using (var worker = _workspace.Start("./worker"))
            await worker.WaitForAsync("(one $(id))\n(two)\n");
        await RunAsync("post jobs three");
        await using (var worker = _workspace.Start("./worker"))
        {
            await worker.WaitForAsync("(three)");
            Assert.DoesNotContain("one", worker.Output, StringComparison.Ordinal);
        }

        await using var malten = _workspace.Start(Next("sh"));
        await malten.WaitForAsync("(one $(id))\n(two)\n(three)\n");
    }

    /// <summary>The agent's answer of that number.</summary>
    private async Task<string> AnswerAsync(int number)
    {
        var answers = new List<string>();
        await Eventually.IsSoAsync(async () =>
        {
            answers = [.. (await MessagesAsync("lab")).Where(message => $"{message["User"]}" == "agent").Select(message => $"{message["Text"]}")];
            return answers.Count >= number;
        });
        return answers[number - 1];
    }

    /// <summary>The next block, which is to be run.</summary>
    private string Next(string language)
    {
        var block = _blocks.Dequeue();
        Assert.Equal((language, ""), (block.Language, block.Marker));
        return block.Code;
    }

    /// <summary>Saves the next block as the page says.</summary>
    private void Save(string file)
    {
        var block = _blocks.Dequeue();
        Assert.Equal(Saved + file, block.Marker);
        _workspace.Save(file, block.Code);
    }

    private Shell Start(string block, params (string Name, string Value)[] variables) => _workspace.Start(WithFunctions(block, variables));

    private Task<string> RunAsync(string block, params (string Name, string Value)[] variables) => _workspace.RunAsync(WithFunctions(block, variables));

    private static string WithFunctions(string block, (string Name, string Value)[] variables) =>
        $"{string.Concat(variables.Select(one => $"{one.Name}='{one.Value.Replace("'", @"'\''", StringComparison.Ordinal)}'\n"))}source ./malten.sh\n{block}";

    private async Task<JsonNode[]> MessagesAsync(string stream) =>
        (await _node.Http.GetFromJsonAsync<JsonNode[]>($"messages?limit=1024&stream={stream}"))!;

    private async Task<int> CountObserversAsync(string stream) =>
        (await _node.Http.GetFromJsonAsync<JsonNode>($"presence?stream={stream}"))!["Observers"]!.GetValue<int>();

    private Task ObserversAreAsync(int count, string stream) =>
        Eventually.IsSoAsync(async () => await CountObserversAsync(stream) == count);
}
