using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.RegularExpressions;

namespace Malten.Docs.Tests;

/// <summary>The table of <c>docs/settings.md</c> names every setting of the gateway, with its default and its limits.</summary>
public sealed partial class SettingsPageTests
{
    private static readonly string[][] Rows = [.. Repository.Read("docs/settings.md").Split('\n')
        .Where(line => line.StartsWith("| `", StringComparison.Ordinal))
        .Select(line => line.Trim('|').Split('|').Select(cell => cell.Trim()).ToArray())];

    /// <summary>What is bound from configuration: public types that have settings with limits.</summary>
    public static IEnumerable<Type> Options => new[] { "Malten.Gateway", "Malten.Streams" }.Select(Assembly.Load)
        .SelectMany(assembly => assembly.GetExportedTypes()).Where(type => Limited(type).Any());

    [Fact]
    public void Every_setting_with_limits_is_in_the_table()
    {
        var settings = Options.SelectMany(type => Limited(type).Select(property => (type, property))).ToList();
        Assert.True(settings.Count > 10, "The settings were not found.");
        foreach (var (type, property) in settings)
        {
            var section = (string?)type.GetField("Section")?.GetValue(null) ?? "Malten";
            var variable = $"`{section}:{property.Name}`".Replace(":", "__", StringComparison.Ordinal);
            var row = Assert.Single(Rows, row => row[0].StartsWith(variable, StringComparison.Ordinal));
            var range = property.GetCustomAttribute<RangeAttribute>()!;
            Assert.Equal($"{property.GetValue(Activator.CreateInstance(type))}", Plain(row[1]));
            Assert.Equal($"{range.Minimum}–{range.Maximum}", Plain(row[2]));
        }
    }

    [Fact]
    public void Every_setting_of_the_cluster_is_in_the_table()
    {
        // Read from its source: this project references no Orleans.
        var source = Repository.Read(Repository.Files("src/Silo", "MaltenClusterOptions.cs").Single());
        var settings = Settings().Matches(source).Select(setting => setting.Groups["name"].Value).ToList();
        Assert.Contains("Seeds", settings);
        Assert.All(settings, name => Assert.Single(Rows, row => row[0].StartsWith($"`Malten__Cluster__{name}`", StringComparison.Ordinal)));
    }

    private static IEnumerable<PropertyInfo> Limited(Type type) =>
        type.GetProperties().Where(property => property.IsDefined(typeof(RangeAttribute)));

    [GeneratedRegex(@"public \w+ (?<name>\w+) \{ get; set; \}")]
    private static partial Regex Settings();

    private static string Plain(string number) => number.Replace(",", "", StringComparison.Ordinal);
}
