namespace Malten.Gateway.Hosting;

/// <summary>The settings that something reads from a section of the configuration.</summary>
internal sealed record SettingNames(string Section, IReadOnlyList<string> Names)
{
    /// <summary>Whether this is one of them, or a part of one that is a list.</summary>
    public bool Include(string path) => Names.Any(name =>
        $"{path}:".StartsWith($"{Section}:{name}:", StringComparison.OrdinalIgnoreCase));
}
