using System.Text.Json;
using Deque.AxeCore.Commons;

namespace Malten.Browser.Tests;

/// <summary>The page works by keyboard alone, with screen readers and reduced motion; axe-core passes it.</summary>
public sealed class AccessibilityTests(Chromium chromium) : PageTest(chromium)
{
    private static readonly string Axe = new BundledAxeScriptProvider().GetScript();
    private static readonly string[] Dialogs = ["explore", "create", "pipe", "share", "people", "name", "server"];

    [Theory]
    [InlineData(ColorScheme.Light, 1200)]
    [InlineData(ColorScheme.Dark, 390)]
    public async Task Axe_finds_nothing(ColorScheme scheme, int width)
    {
        await Node.BeginAsync("talk");
        await Node.PostAsync("talk", "hello https://example.org #other", "ann");
        await Node.PostAsync("talk", "hi", "bob");
        // The page's Content-Security-Policy refuses axe's script as it would any other.
        var page = await OpenAsync("#talk", new()
        {
            BypassCSP = true, ColorScheme = scheme, ReducedMotion = ReducedMotion.Reduce, ViewportSize = new() { Width = width, Height = 800 },
        }, name: "ann");
        await ListensAsync(page);
        await SayAsync(page, "mine");
        await CheckAsync(page, "chat");
        foreach (var dialog in Dialogs)
        {
            var button = page.Locator($"[data-does={dialog}]").First;
            if (!await button.IsVisibleAsync()) await page.ClickAsync(".menu");
            await button.ClickAsync();
            await Expect(page.Locator($"#{dialog}")).ToBeVisibleAsync();
            if (dialog == "explore") await Expect(page.Locator("#listing tr")).ToHaveCountAsync(1);
            await CheckAsync(page, dialog);
            await page.Keyboard.PressAsync("Escape");
        }

        await page.EvaluateAsync("location.hash = '#empty'");
        await Expect(page.Locator(".card.empty")).ToBeVisibleAsync();
        await CheckAsync(page, "empty");
        await page.EvaluateAsync("location.hash = '#/e/label/4YlvabpMmtDP_6Y336846bYY5TjcYrbvKijeuOCDzMr4MkSJ'");
        await Expect(page.Locator("html")).ToHaveAttributeAsync("data-kind", "encrypted");
        await ListensAsync(page);
        await SayAsync(page, "mine");
        await Node.PostAsync("1XWGQKoGntPxkRNYRTVrjA", "in clear", "eve");
        await Expect(page.Locator(".clear")).ToBeVisibleAsync();
        await Node.PostAsync("1XWGQKoGntPxkRNYRTVrjA", "enc2.AAAA");
        await Expect(page.Locator(".unreadable")).ToBeVisibleAsync();
        await CheckAsync(page, "encrypted");
        await Node.PostAsync("talk", "meanwhile", "bob");
        await Expect(page.Locator("#visited .badge")).ToHaveTextAsync("1 new");
        if (!await page.Locator("[data-does=trace]").IsVisibleAsync()) await page.ClickAsync(".menu");
        await CheckAsync(page, "unread");
        await page.Context.GrantPermissionsAsync(["notifications"]);
        await page.ClickAsync("#alerts");
        await Expect(page.Locator("#alerts")).ToHaveAttributeAsync("aria-pressed", "true");
        await CheckAsync(page, "told of news");
        await page.ClickAsync("[aria-label='Leave label']");
        await CheckAsync(page, "leaving");
        await page.ClickAsync("#ask-no");
        if (!await page.Locator("[data-does=trace]").IsVisibleAsync()) await page.ClickAsync(".menu");
        await page.ClickAsync("[data-does=trace]");
        await page.ClickAsync("#create-submit");
        await Expect(page.Locator("html")).ToHaveAttributeAsync("data-kind", "trace");
        await ListensAsync(page);
        await CheckAsync(page, "alone without a trace");
        await SayAsync(page, "mine");
        await CheckAsync(page, "without a trace");
        await using var bob = await TracePeer.ComeAsync(Node, Reference.TraceRoom.FromLink(new Uri(page.Url).Fragment), "Bob");
        await bob.SayAsync("soon gone");
        await Expect(Texts(page).Last).ToHaveTextAsync("soon gone");
        await bob.SayFarewellAsync();
        await Expect(page.Locator(".line.gap")).ToContainTextAsync("Bob left");
        await CheckAsync(page, "after somebody left");
        await page.ClickAsync("[data-does=server]");
        await Expect(page.Locator("#server")).ToBeVisibleAsync();
        await CheckAsync(page, "what the server sees without a trace");
        await page.Keyboard.PressAsync("Escape");
        await PipeTests.InviteAsync(page);
        await CheckAsync(page, "waiting");
    }

    /// <summary>Runs axe-core in the page itself: there are no frames, for which its Playwright package opens a tab each time.</summary>
    internal static async Task CheckAsync(IPage page, string view)
    {
        if (!await page.EvaluateAsync<bool>("'axe' in window")) await page.EvaluateAsync(Axe);
        var result = await page.EvaluateAsync<JsonElement>("""
            async () => {
              const { passes, violations } = await axe.run({ resultTypes: ['violations'] });
              const of = ({ id, nodes }) => nodes.map(node => `${id}: ${node.html} ${node.any[0]?.message ?? ''}`);
              return { passes: passes.length, violations: violations.flatMap(of) };
            }
            """);
        Assert.True(result.GetProperty("passes").GetInt32() > 10, "axe has run");
        var violations = result.GetProperty("violations").EnumerateArray().Select(violation => $"{view}: {violation}").ToList();
        Assert.True(violations.Count == 0, string.Join('\n', violations));
    }

    [Fact]
    public async Task Everything_can_be_done_with_the_keyboard_alone()
    {
        await Node.BeginAsync("reached");
        var page = await OpenAsync("");
        await ListensAsync(page);
        await Expect(page.Locator("#box")).ToBeFocusedAsync();
        await page.Keyboard.TypeAsync("typed");
        await page.Keyboard.PressAsync("Enter");
        await Expect(Texts(page)).ToHaveTextAsync(["typed"]);
        await TabToAsync(page, "[data-does=explore]");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("#listing tr")).ToHaveCountAsync(2);
        await TabToAsync(page, "[data-name=reached]");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("#title-text")).ToHaveTextAsync("reached");
        await TabToAsync(page, "[data-does=encrypt]");
        await page.Keyboard.PressAsync("Space");
        await Expect(page.Locator("#create-name")).ToBeFocusedAsync();
        await page.Keyboard.TypeAsync("mine");
        await TabToAsync(page, "#create-submit");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("html")).ToHaveAttributeAsync("data-kind", "encrypted");
        await TabToAsync(page, "#share-button");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("#share-copy")).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Escape");
        await Expect(page.Locator("#share-button")).ToBeFocusedAsync();
        await TabToAsync(page, "#scroller");
    }

    [Fact]
    public async Task Whatever_has_the_focus_shows_it()
    {
        var page = await OpenAsync("#focus");
        await ListensAsync(page);
        for (var i = 0; i < 14; i++)
        {
            await page.Keyboard.PressAsync("Tab");
            var shown = await page.EvaluateAsync<bool>("""
                () => {
                  const one = document.activeElement;
                  if (one === document.body) return true;
                  const style = getComputedStyle(one.id === 'box' ? one.parentElement : one);
                  return style.outlineStyle !== 'none' || style.boxShadow !== 'none';
                }
                """);
            Assert.True(shown, await page.EvaluateAsync<string>("document.activeElement.outerHTML"));
        }
    }

    [Fact]
    public async Task A_screen_reader_is_told_of_new_messages_politely_and_not_of_old_ones()
    {
        for (var i = 0; i < 60; i++) await Node.StoreAsync("read", $"{i}");
        var page = await OpenAsync("#read", script: """
            addEventListener('DOMContentLoaded', () => {
              window.spoken = [];
              const log = document.querySelector('#log');
              new MutationObserver(all => {
                for (const { addedNodes } of all) for (const node of addedNodes)
                    if (log.ariaLive === 'polite') window.spoken.push(node.querySelector('.text').textContent);
              }).observe(log, { childList: true });
            });
            """);
        await ListensAsync(page);
        await page.Locator("#scroller").EvaluateAsync("scroller => scroller.scrollTop = 0");
        await Expect(Texts(page)).ToHaveCountAsync(50);
        await Expect(page.Locator("#log")).ToHaveAttributeAsync("aria-live", "polite"); // again, in the frame after the old ones
        await Node.PostAsync("read", "news");
        await Expect(Texts(page).Last).ToHaveTextAsync("news");
        Assert.Equal(["news"], await page.EvaluateAsync<string[]>("window.spoken"));
        await Expect(page.GetByRole(AriaRole.Log)).ToHaveAttributeAsync("aria-label", "Messages, newest last");
        await Expect(page.GetByRole(AriaRole.Textbox, new() { Name = "Message" })).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Send" })).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Navigation)).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("read");
    }

    [Theory]
    [InlineData(ReducedMotion.Reduce)]
    [InlineData(ReducedMotion.NoPreference)]
    public async Task Reduced_motion_stops_every_animation(ReducedMotion motion)
    {
        await Node.BeginAsync("moving");
        var page = await OpenAsync("", new() { ReducedMotion = motion });
        await page.ClickAsync("[data-does=explore]");
        await Expect(page.Locator("#sky .stream")).ToHaveCountAsync(1);
        // It is over soon, so it is looked for in the moment in which it begins.
        await page.EvaluateAsync("""
            () => {
              const watch = new MutationObserver(() => {
                if (document.querySelector('.wave.moving')) window.animations ??= document.getAnimations().map(one => one.animationName ?? '');
              });
              watch.observe(document.querySelector('#sky'), { attributeFilter: ['class'], subtree: true });
            }
            """);
        await Node.PostAsync("moving", "x");
        await Expect(page.Locator(".wave.moving")).ToHaveCountAsync(1);
        var animations = await page.EvaluateAsync<string[]>("animations");
        if (motion == ReducedMotion.Reduce) Assert.Empty(animations);
        else Assert.Contains("wave", animations);
    }

    private static async Task TabToAsync(IPage page, string selector)
    {
        for (var i = 0; i < 40; i++)
        {
            await page.Keyboard.PressAsync("Tab");
            if (await page.EvaluateAsync<bool>("selector => document.activeElement.matches(selector)", selector)) return;
        }

        Assert.Fail($"The keyboard does not reach {selector}");
    }
}
