namespace Malten.Gateway.Tests;

/// <summary>What a busy session says and is, none of which may be found in a log, a measurement or a file.</summary>
internal static class Secrets
{
    public const string Stream = "secretstream";
    public const string Text = "secrettext";
    public const string User = "secretuser";
    public const string Prompt = "secretprompt";
    public const string Path = "secretpath";
    public const string Header = "secretheader";
    public const string Noise = "secretnoise";

    /// <summary>Where the client's connections come from: on Linux, all of 127.0.0.0/8 is this machine.</summary>
    public const string Address = "127.77.33.11";

    /// <summary>Where a proxy says that its client is.</summary>
    public const string ForwardedAddress = "203.0.113.77";

    public static IEnumerable<string> Fixed =>
        [Stream, Text, User, Prompt, Path, Header, Noise, Address, ForwardedAddress, Base64(Text), Base64(Stream)];

    private static string Base64(string text) => Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(text))[..8];
}
