namespace Malten.Docs.Tests;

/// <summary>A folder with the packages of what was built here.</summary>
public sealed class Packages : IAsyncLifetime
{
    private static readonly string Configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("malten-");

    public string Folder => _folder.FullName;

    public async ValueTask InitializeAsync()
    {
        foreach (var project in (string[])["src/Client", "src/Cli"])
            await Shell.RunAsync($"dotnet pack {project} --no-build --nologo -v q -c {Configuration} -o '{Folder}'", Repository.Root);
    }

    public ValueTask DisposeAsync()
    {
        _folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }
}
