using System.Reflection;

namespace Malten.Client.Tests;

/// <summary>What the package promises of itself.</summary>
public sealed class AssemblyTests
{
    private static readonly Assembly Client = typeof(MaltenClient).Assembly;

    [Fact]
    public void It_depends_on_nothing_beyond_the_base_library()
    {
        var shared = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        Assert.All(Client.GetReferencedAssemblies(), reference =>
            Assert.True(File.Exists(Path.Combine(shared, $"{reference.Name}.dll")), $"{reference.Name} is not part of the base library."));
    }

    [Fact]
    public void It_may_be_trimmed_and_compiled_ahead_of_time()
    {
        var promises = Client.GetCustomAttributes<AssemblyMetadataAttribute>().ToDictionary(one => one.Key, one => one.Value);
        Assert.Equal(("True", "True"), (promises["IsTrimmable"], promises["IsAotCompatible"]));
    }
}
