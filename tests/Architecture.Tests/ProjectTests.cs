using System.Xml.Linq;
using Malten.Testing.Architecture;

namespace Malten.Architecture.Tests;

/// <summary>Arrows between projects, as their files have them: also those that nothing uses yet, and of projects that were not built.</summary>
public sealed class ProjectTests
{
    [Fact]
    public void Every_project_of_the_program_is_a_room() => Assert.Equal(
        Room.All.Select(room => Project(room.Name)).Order(StringComparer.Ordinal), Repository.Files("src", "*.csproj"));

    [Fact]
    public void A_room_references_the_rooms_that_it_uses_and_no_other() => Assert.All(Room.All, room => Assert.Equal(
        room.Uses.Select(Project).Order(StringComparer.Ordinal), References(Project(room.Name))));

    [Fact]
    public void Only_rooms_over_Orleans_reference_its_packages() => Assert.All(Room.All, room => Assert.Equal(
        room.NeedsOrleans, Items(Project(room.Name), "PackageReference").Any(package => package.StartsWith("Microsoft.Orleans.", StringComparison.Ordinal))));

    [Fact]
    public void No_test_references_a_benchmark() => Assert.All(Repository.Files("tests", "*.csproj"), project => Assert.DoesNotContain(
        References(project), reference => reference.StartsWith("bench", StringComparison.Ordinal)));

    [Fact]
    public void No_project_takes_files_of_another() => Assert.All(
        new[] { "src", "tests", "bench" }.SelectMany(folder => Repository.Files(folder, "*.csproj")),
        project => Assert.Empty(Items(project, "Compile")));

    private static string Project(string room) => Path.Combine("src", room, $"{room}.csproj");

    private static IEnumerable<string> References(string project) => Items(project, "ProjectReference")
        .Select(path => Path.GetRelativePath(Repository.Root, Path.GetFullPath(Path.Combine(Repository.Root, Path.GetDirectoryName(project)!, path))))
        .Order(StringComparer.Ordinal);

    private static IEnumerable<string> Items(string project, string kind) =>
        XDocument.Parse(Repository.Read(project)).Descendants(kind).Select(item => item.Attribute("Include")?.Value).OfType<string>();
}
