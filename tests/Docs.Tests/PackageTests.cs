using System.IO.Compression;
using System.Reflection.PortableExecutable;
using System.Xml.Linq;

namespace Malten.Docs.Tests;

/// <summary>What the pages say can be installed is packed from what was built here, looked into, installed and used.</summary>
public sealed class PackageTests(Packages packages, Node node) : IClassFixture<Packages>, IClassFixture<Node>
{
    [Fact]
    public async Task Both_packages_have_what_a_gallery_shows_and_one_version()
    {
        var version = XDocument.Parse(Repository.Read("Directory.Build.props")).Descendants("Version").Single().Value;
        foreach (var (name, project) in ((string, string)[])[("Malten.Client", "src/Client"), ("Malten.Cli", "src/Cli")])
        {
            await using var package = await ZipFile.OpenReadAsync(Path.Combine(packages.Folder, $"{name}.{version}.nupkg"));
            var about = Metadata(package, name);
            Assert.Equal((name, version), (about["id"], about["version"]));
            Assert.Equal(("MIT", "README.md"), (about["license"], about["readme"]));
            Assert.All((string[])["authors", "description", "tags"], field => Assert.NotEmpty(about[field]));
            Assert.Equal(Repository.Read($"{project}/README.md"), await ReadAsync(package, "README.md"));
        }
    }

    [Fact]
    public async Task The_library_depends_on_nothing_has_its_documentation_and_symbols_and_is_built_deterministically()
    {
        await using var package = await ZipFile.OpenReadAsync(Directory.GetFiles(packages.Folder, "Malten.Client.*.nupkg").Single());
        Assert.Equal(["lib/net10.0/Malten.Client.dll", "lib/net10.0/Malten.Client.xml"],
            package.Entries.Select(entry => entry.FullName).Where(name => name.StartsWith("lib/", StringComparison.Ordinal)).Order());
        Assert.Contains("MaltenClient.ListenAsync", await ReadAsync(package, "lib/net10.0/Malten.Client.xml"));
        Assert.DoesNotContain("<dependency ", await ReadAsync(package, "Malten.Client.nuspec"));

        await using var symbols = await ZipFile.OpenReadAsync(Directory.GetFiles(packages.Folder, "Malten.Client.*.snupkg").Single());
        Assert.NotNull(symbols.GetEntry("lib/net10.0/Malten.Client.pdb"));

        using var assembly = new PEReader(new MemoryStream(await BytesAsync(package, "lib/net10.0/Malten.Client.dll")));
        Assert.Contains(assembly.ReadDebugDirectory(), entry => entry.Type == DebugDirectoryEntryType.Reproducible);
    }

    [Fact]
    public async Task The_tool_is_installed_from_its_package_and_posts()
    {
        // Only what was packed here: what this machine's other sources have is not asked for.
        await File.WriteAllTextAsync(Path.Combine(packages.Folder, "nuget.config"),
            """<configuration><packageSources><clear /><add key="packed" value="." /></packageSources></configuration>""");
        Assert.Equal("hello", (await Shell.RunAsync(
            """
            dotnet tool install Malten.Cli --tool-path tools --configfile nuget.config > install.log || { cat install.log; exit 1; }
            tools/malten post packed hello && curl -s "$MALTEN_URL/messages?stream=packed" | jq -r .[].Text
            """,
            packages.Folder, new Dictionary<string, string>
            {
                ["MALTEN_URL"] = node.Address.GetLeftPart(UriPartial.Authority),
                ["NUGET_PACKAGES"] = Path.Combine(packages.Folder, "cache"), // not one of the same version from another time
            })).TrimEnd().Split('\n')[^1]);
    }

    private static Dictionary<string, string> Metadata(ZipArchive package, string name)
    {
        using var nuspec = package.GetEntry($"{name}.nuspec")!.Open();
        return XDocument.Load(nuspec).Root!.Elements().Single(one => one.Name.LocalName == "metadata").Elements()
            .ToDictionary(one => one.Name.LocalName, one => one.Value);
    }

    private static async Task<string> ReadAsync(ZipArchive package, string path) =>
        System.Text.Encoding.UTF8.GetString(await BytesAsync(package, path)).TrimStart('\uFEFF').ReplaceLineEndings("\n");

    private static async Task<byte[]> BytesAsync(ZipArchive package, string path)
    {
        await using var entry = await package.GetEntry(path)!.OpenAsync();
        using var bytes = new MemoryStream();
        await entry.CopyToAsync(bytes);
        return bytes.ToArray();
    }
}
