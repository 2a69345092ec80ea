using System.Diagnostics;
using System.Runtime.Loader;
using System.Security.Cryptography;
using System.Text;
using Malten.Browser.Tests.Reference;

namespace Malten.Browser.Tests;

/// <summary>The page in one file: the same everywhere, and as good from a disk as from a server.</summary>
public sealed class SinglePageTests(Chromium chromium) : PageTest(chromium)
{
    private readonly string _folder = Directory.CreateTempSubdirectory("malten-page-").FullName;

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Its_sum_is_served_beside_it()
    {
        using var client = new HttpClient();
        var page = await client.GetByteArrayAsync($"{Node.Address}/malten.html", TestContext.Current.CancellationToken);
        var sum = await client.GetStringAsync($"{Node.Address}/malten.html.sha256", TestContext.Current.CancellationToken);
        Assert.Equal($"{Convert.ToHexStringLower(SHA256.HashData(page))}  malten.html\n", sum);
        Assert.InRange(page.Length, 160_000, 330_000); // with all that the served page loads on first use
        Assert.DoesNotContain("page/version", Encoding.UTF8.GetString(page), StringComparison.Ordinal);
        // A port alone may be the digits of a colour.
        Assert.DoesNotContain(new Uri(Node.Address).Authority, Encoding.UTF8.GetString(page), StringComparison.Ordinal);
    }

    [Fact]
    public async Task From_a_disk_it_asks_for_a_node_and_encrypts_like_the_served_page()
    {
        ExpectsFaults = true; // the address at which nobody answers
        var saved = await OpenSavedAsync();
        await Expect(saved.Locator("#node")).ToBeVisibleAsync();
        await saved.Keyboard.PressAsync("Escape");
        await Expect(saved.Locator("#node")).ToBeVisibleAsync();
        await ConnectAsync(saved, "http://127.0.0.1:1");
        await Expect(saved.Locator("#node-problem")).ToContainTextAsync("No node answers");
        Assert.DoesNotContain(Node.Received, request => request.Contains("Origin: null", StringComparison.OrdinalIgnoreCase));
        await ConnectAsync(saved, Node.Address);
        await ListensAsync(saved);
        await SayAsync(saved, "from a disk");
        Assert.Single((await Node.GetAsync("messages?stream=_")).AsArray());
        await EncryptedStreamTests.BeginAsync(saved, "label");
        await SayAsync(saved, "sealed on a disk");
        await saved.ClickAsync("#share-button");
        await Expect(saved.Locator("#share-link")).Not.ToHaveValueAsync(""); // the dialog is loaded when it is asked for
        var link = await saved.InputValueAsync("#share-link");
        Assert.StartsWith($"{Node.Address}/#/e/label/", link, StringComparison.Ordinal);
        await saved.Keyboard.PressAsync("Escape");
        var served = await OpenAsync(new Uri(link).Fragment);
        await Expect(Texts(served)).ToHaveTextAsync(["sealed on a disk"]);
        await SayAsync(served, "read on a server");
        await Expect(Texts(saved)).ToHaveTextAsync(["sealed on a disk", "read on a server"]);
    }

    [Fact]
    public async Task A_link_that_is_pasted_into_it_opens_there_and_pipes_work()
    {
        var ann = await OpenAsync("");
        var link = Node.Address + "/" + await PipeTests.InviteAsync(ann);
        var saved = await OpenSavedAsync();
        await ConnectAsync(saved, link);
        await PipeTests.OpenPipeAsync(saved);
        Assert.Equal(await PipeTests.CodeAsync(ann), await PipeTests.CodeAsync(saved));
        await SayAsync(ann, "to a disk");
        await Expect(Texts(saved)).ToHaveTextAsync(["to a disk"]);
        await saved.GotoAsync("about:blank");
        await Expect(ann.Locator(".line.gap")).ToContainTextAsync("has left");
    }

    [Fact]
    public async Task What_the_served_page_loads_on_first_use_is_in_it()
    {
        var room = new TraceRoom(RandomNumberGenerator.GetBytes(32));
        await Node.BeginAsync(room.Stream.Stream, isPrivate: true, keep: 0);
        await using var ann = await TracePeer.ComeAsync(Node, room, "ann");
        await ann.SayAsync("from a server");
        var saved = await OpenSavedAsync();
        await ConnectAsync(saved, $"{Node.Address}/#/t/any/{room.Stream.Key}");
        await Expect(saved.Locator("html")).ToHaveAttributeAsync("data-kind", "trace");
        await Expect(Texts(saved)).ToHaveTextAsync(["from a server"]);
        await SayAsync(saved, "from a disk");
        await saved.ClickAsync("[data-does=server]");
        await Expect(saved.Locator("#server-body")).ToContainTextAsync("the server holds nothing of it");
        await saved.Keyboard.PressAsync("Escape");
        await Node.BeginAsync("listed");
        await saved.ClickAsync("[data-does=explore]");
        await Expect(saved.Locator("#listing a")).ToHaveTextAsync(["listed"]);
        await saved.Locator("#listing a").ClickAsync();
        await ListensAsync(saved);
        await ann.SayAsync("unread");
        await Expect(saved.Locator("#visited .badge")).ToHaveTextAsync("1 new");
    }

    [Fact]
    public async Task A_link_to_the_node_stays_in_it_and_the_key_goes_nowhere()
    {
        const string link = "#/e/label/4YlvabpMmtDP_6Y336846bYY5TjcYrbvKijeuOCDzMr4MkSJ";
        await Node.PostAsync("_", $"come to {Node.Address}/{link}");
        var saved = await OpenSavedAsync();
        var file = saved.Url;
        await ConnectAsync(saved, Node.Address);
        await Texts(saved).Locator("a").ClickAsync();
        await Expect(saved.Locator("#title-text")).ToHaveTextAsync("label");
        Assert.Equal(file + link, saved.Url);
        Assert.Single(saved.Context.Pages);
        Assert.All(Node.Received.Where(request => request.StartsWith("GET / ", StringComparison.Ordinal)), request => Assert.Fail(request));
    }

    [Fact]
    public async Task It_speaks_to_no_other_node_than_the_one_that_was_named()
    {
        ExpectsFaults = true;
        await using var other = await TestNode.StartAsync();
        var saved = await OpenSavedAsync();
        await ConnectAsync(saved, Node.Address);
        await ListensAsync(saved);
        var failed = await saved.EvaluateAsync<bool>("address => fetch(address + '/healthz').then(() => false, () => true)", other.Address);
        Assert.True(failed);
        Assert.Empty(other.Received);
    }

    [Fact]
    public async Task Built_anew_in_another_folder_it_is_the_same_to_the_byte()
    {
        using var client = new HttpClient();
        var served = await client.GetByteArrayAsync($"{Node.Address}/malten.html", TestContext.Current.CancellationToken);
        var root = RepositoryRoot();
        foreach (var file in (string[])["Directory.Build.props", "Directory.Packages.props", "global.json", ".editorconfig"])
            File.Copy(Path.Combine(root, file), Path.Combine(_folder, file));
        foreach (var project in (string[])["Streams", "Gateway"])
            CopyAs(Path.Combine(root, "src", project), Path.Combine(_folder, "src", project));
        string[] arguments =
        [
            "build", Path.Combine(_folder, "src", "Gateway"), "-v", "q", "-nologo", "-nodeReuse:false",
            "-p:UseSharedCompilation=false", "-p:RunAnalyzers=false", "-p:GenerateDocumentationFile=false",
        ];
        using var build = Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true })!;
        var output = await build.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await build.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(build.ExitCode == 0, output);
        Assert.Equal(served, Compose(Path.Combine(_folder, "src", "Gateway", "bin", "Debug", "net10.0", "Malten.Gateway.dll")));
    }

    private async Task<IPage> OpenSavedAsync()
    {
        using var client = new HttpClient();
        var file = Path.Combine(_folder, "malten.html");
        await File.WriteAllBytesAsync(file, await client.GetByteArrayAsync($"{Node.Address}/malten.html"));
        var page = await OpenBlankAsync();
        await page.GotoAsync(new Uri(file).AbsoluteUri);
        return page;
    }

    private static async Task ConnectAsync(IPage page, string address)
    {
        await page.FillAsync("#node-input", address);
        await page.PressAsync("#node-input", "Enter");
    }

    /// <summary>Copies sources; the page's as a checkout on Windows may have them, with other line ends.</summary>
    private static void CopyAs(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var path = Path.GetRelativePath(from, file);
            if (path.StartsWith("bin", StringComparison.Ordinal) || path.StartsWith("obj", StringComparison.Ordinal)) continue;
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(to, path))!);
            var text = File.ReadAllText(file);
            var isOfPage = path.Contains("Assets", StringComparison.Ordinal);
            File.WriteAllText(Path.Combine(to, path), isOfPage ? text.ReplaceLineEndings("\r\n") : text);
        }
    }

    private static byte[] Compose(string assembly)
    {
        var context = new AssemblyLoadContext("another build", isCollectible: true);
        context.Resolving += (_, name) => AssemblyLoadContext.Default.LoadFromAssemblyName(name);
        var built = context.LoadFromAssemblyPath(assembly);
        var assets = Activator.CreateInstance(built.GetType("Malten.Gateway.Page.PageAssets", throwOnError: true)!, [built])!;
        var page = assets.GetType().GetProperty("Single")!.GetValue(assets)!;
        var content = (byte[])page.GetType().GetProperty("Content")!.GetValue(page)!;
        context.Unload();
        return content;
    }

    private static string RepositoryRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Malten.sln"))) folder = folder.Parent!;
        return folder.FullName;
    }
}
