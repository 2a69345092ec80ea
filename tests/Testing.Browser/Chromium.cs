namespace Malten.Testing.Browser;

/// <summary>The browser: Debian's Chromium, or the one that MALTEN_CHROMIUM names.</summary>
public class Chromium : IAsyncLifetime
{
    /// <summary>A host name that resolves to this machine, and over which plain http is not a secure context.</summary>
    public const string InsecureHost = "malten.test";

    private static readonly string[] Places = ["/usr/bin/chromium", "/usr/bin/google-chrome", "/usr/bin/chromium-browser"];

    // Each window would load three pages of its own: those of the address bar, and a spare one. Chromium takes one list
    // only, so what Playwright switches off stands here again.
    private static readonly string[] Unwanted =
    [
        "WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "WebUIOmniboxFullPopup", "SpareRendererForSitePerProcess",
        "AimEnabled", "AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "DialMediaRouteProvider",
        "GlobalMediaControls", "HttpsUpgrades", "LensOverlay", "MediaRouter", "NetworkTimeServiceQuerying", "OptimizationHints",
        "PaintHolding", "ThirdPartyStoragePartitioning", "Translate",
    ];

    private IPlaywright? _playwright;

    /// <summary>Whether there is one.</summary>
    public static bool IsInstalled => Environment.GetEnvironmentVariable("MALTEN_CHROMIUM") is not null || Places.Any(File.Exists);

    public IBrowser Browser { get; private set; } = null!;

    /// <summary>The path of the program that is started.</summary>
    protected virtual string Program => Environment.GetEnvironmentVariable("MALTEN_CHROMIUM") ?? Places.FirstOrDefault(File.Exists)
        ?? throw new FileNotFoundException("No Chromium: install the package 'chromium', or name one with MALTEN_CHROMIUM.");

    /// <summary>Further flags.</summary>
    protected virtual IEnumerable<string> Flags => [];

    /// <summary>Further features to switch off.</summary>
    protected virtual IEnumerable<string> NotWanted => [];

    public virtual async ValueTask InitializeAsync()
    {
        SetDefaultExpectTimeout(15_000);
        _playwright = await Playwright.CreateAsync();
        Browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = Program,
            Args =
            [
                "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-quic", "--no-first-run",
                "--disable-component-update", "--disable-sync", $"--disable-features={string.Join(',', [.. Unwanted, .. NotWanted])}",
                $"--host-resolver-rules=MAP {InsecureHost} 127.0.0.1", .. Flags,
            ],
        });
    }

    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (Browser is not null) await Browser.CloseAsync();
        _playwright?.Dispose();
    }
}
