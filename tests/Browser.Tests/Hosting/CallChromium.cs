namespace Malten.Browser.Tests.Hosting;

/// <summary>
/// A browser with a microphone that hears a tone and a camera that sees a moving picture, both from files that this makes, and
/// which gives them to pages without asking.
/// </summary>
public class CallChromium : Chromium
{
    private readonly string _folder = Directory.CreateTempSubdirectory("malten-calls-").FullName;

    protected override IEnumerable<string> Flags =>
    [
        "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", "--auto-select-desktop-capture-source=Entire screen",
        $"--use-file-for-fake-audio-capture={Path.Combine(_folder, "tone.wav")}",
        $"--use-file-for-fake-video-capture={Path.Combine(_folder, "picture.y4m")}",
        "--autoplay-policy=no-user-gesture-required", "--allow-loopback-in-peer-connection", "--force-webrtc-ip-handling-policy=default",
        "--ignore-certificate-errors", // the relay of a test makes its own
    ];

    // Names of mDNS in place of local addresses are not resolved where no daemon answers.
    protected override IEnumerable<string> NotWanted => ["WebRtcHideLocalIpsWithMdns"];

    public override async ValueTask InitializeAsync()
    {
        TestMedia.WriteTone(Path.Combine(_folder, "tone.wav"));
        TestMedia.WritePicture(Path.Combine(_folder, "picture.y4m"));
        await base.InitializeAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await base.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
