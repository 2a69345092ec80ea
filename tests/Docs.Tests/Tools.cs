namespace Malten.Docs.Tests;

/// <summary>The programs that examples need, and that a machine may lack.</summary>
internal static class Tools
{
    /// <summary>Skips a test on a machine where its example can't be run, and says what to install.</summary>
    public static void Require(params string[] programs)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The blocks need a shell.");
        foreach (var program in programs) Assert.SkipUnless(IsInstalled(program), $"The blocks need '{program}': install the package that has it.");
    }

    private static bool IsInstalled(string program) => Environment.GetEnvironmentVariable("PATH")!.Split(Path.PathSeparator)
        .Any(folder => File.Exists(Path.Combine(folder, program)));
}
