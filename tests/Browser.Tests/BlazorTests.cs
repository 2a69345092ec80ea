using Malten.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.StaticWebAssets;
using Microsoft.Extensions.Logging;

namespace Malten.Browser.Tests;

/// <summary>
/// <c>Malten.Client</c> in Blazor WebAssembly: the sample, served from elsewhere, with a node whose clients it has never met.
/// </summary>
public sealed class BlazorTests(Chromium chromium) : PageTest(chromium)
{
    [Fact]
    public async Task A_component_hears_what_was_and_what_comes_and_posts_and_goes_on_after_the_node_has_been_away()
    {
        await using var sample = await ServeAsync();
        await Node.PostAsync("blazor", "before", user: "ann");
        var page = await OpenBlankAsync();
        await page.GotoAsync($"{sample.Urls.First()}/?node={Uri.EscapeDataString(Node.Address)}");
        await Expect(page.Locator("li")).ToHaveTextAsync(["ann before"], new() { Timeout = 30_000 });
        await Expect(page.GetByRole(AriaRole.Status)).ToHaveTextAsync("listening");

        await using var client = new MaltenClient(Node.Address);
        await client.PostAsync("blazor", "while it listens"); // held back by nothing: the answer has no end
        await Expect(page.Locator("li")).ToHaveCountAsync(2);
        await page.GetByLabel("Message").FillAsync("from the browser");
        await page.GetByRole(AriaRole.Button, new() { Name = "Post" }).ClickAsync();
        await Expect(page.Locator("li")).ToHaveCountAsync(3);
        await Expect(page.Locator("li").Last).ToContainTextAsync("from the browser");
        Assert.Equal("from the browser", await client.ReadAsync("blazor", new ReadOptions { NewestFirst = true }).Select(one => one.Text).FirstAsync());

        ExpectsFaults = true; // the browser says that a connection was refused
        var port = Node.Port;
        await Node.DisposeAsync();
        await Expect(page.GetByRole(AriaRole.Status)).ToHaveTextAsync("connecting");
        Node = await TestNode.StartAsync(port: port);
        await Node.PostAsync("blazor", "after");
        await Expect(page.Locator("li").Last).ToContainTextAsync("after", new() { Timeout = 30_000 });
        await Expect(page.GetByRole(AriaRole.Status)).ToHaveTextAsync("listening");
    }

    [Fact]
    public async Task A_component_shows_why_it_was_refused()
    {
        await using var sample = await ServeAsync();
        var page = await OpenBlankAsync();
        await page.GotoAsync($"{sample.Urls.First()}/?node={Uri.EscapeDataString(Node.Address)}");
        await Expect(page.GetByRole(AriaRole.Status)).ToHaveTextAsync("listening", new() { Timeout = 30_000 });
        ExpectsFaults = true; // the browser says that the answer was 400
        await page.GetByRole(AriaRole.Button, new() { Name = "Post" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("message");
        await Expect(page.Locator("li")).ToHaveCountAsync(0);
    }

    private static async Task<WebApplication> ServeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder(["--urls", "http://127.0.0.1:0"]);
        builder.Logging.ClearProviders();
        builder.WebHost.UseSetting(WebHostDefaults.StaticWebAssetsKey, Path.Combine(AppContext.BaseDirectory, "BlazorRoom.json"));
        StaticWebAssetsLoader.UseStaticWebAssets(builder.Environment, builder.Configuration);
        var app = builder.Build();
        app.UseDefaultFiles();
        app.UseStaticFiles(new StaticFileOptions { ServeUnknownFileTypes = true });
        await app.StartAsync();
        return app;
    }
}
