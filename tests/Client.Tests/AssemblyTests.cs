using System.Reflection;
using System.Runtime.Versioning;

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

    /// <summary>The build fails where something of this calls what a browser lacks: the project names that platform.</summary>
    [Fact]
    public void A_browser_may_use_everything_that_does_not_encrypt()
    {
        string[] open = ["PostAsync", "ReadAsync", "ListenAsync", "GetPresenceAsync", "SetStatusAsync", "SignalAsync", "SendCommandAsync", "AskAsync",
            "BeginStreamAsync", "ListStreamsAsync", "BeginPipeAsync"];
        var methods = typeof(MaltenClient).GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly);
        var barred = methods.Where(IsBarred).Select(method => method.Name).ToHashSet();
        Assert.All(open, name => Assert.Contains(methods, method => method.Name == name));
        Assert.Empty(open.Intersect(barred));
        Assert.Superset(new HashSet<string> { "JoinAsync", "InviteAsync", "Join" }, barred);
        Assert.DoesNotContain(new[] { typeof(MaltenClient), typeof(Message), typeof(Cursor), typeof(MaltenException) }, IsBarred);
    }

    private static bool IsBarred(MemberInfo member) =>
        member.GetCustomAttributes<UnsupportedOSPlatformAttribute>().Any(attribute => attribute.PlatformName == "browser");

    [Fact]
    public void It_may_be_trimmed_and_compiled_ahead_of_time()
    {
        var promises = Client.GetCustomAttributes<AssemblyMetadataAttribute>().ToDictionary(one => one.Key, one => one.Value);
        Assert.Equal(("True", "True"), (promises["IsTrimmable"], promises["IsAotCompatible"]));
    }
}
