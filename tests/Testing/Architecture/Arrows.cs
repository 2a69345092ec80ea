using System.CodeDom.Compiler;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Malten.Testing.Architecture;

/// <summary>Finds the arrows that an assembly should not have. Each is described by two types of which one uses the other.</summary>
public static class Arrows
{
    /// <summary>
    /// Arrows between namespaces from which one comes back to where one began. The one with the fewest uses, which is likely
    /// the one that runs back, stands first.
    /// </summary>
    /// <param name="assembly">The assembly.</param>
    /// <param name="root">The namespace at and under which to look; generated code that lies elsewhere is not judged.</param>
    public static IReadOnlyList<string> InCircles(Assembly assembly, string root)
    {
        var arrows = TypeUses.In(assembly)
            .Where(use => use.Used.Assembly == assembly && IsUnder(use.User, root) && IsUnder(use.Used, root))
            .ToLookup(use => (From: use.User.Namespace!, To: use.Used.Namespace!));
        var next = arrows.ToLookup(arrow => arrow.Key.From, arrow => arrow.Key.To);
        return
        [
            .. arrows.Where(arrow => arrow.Key.From != arrow.Key.To && Reachable(next, arrow.Key.To).Contains(arrow.Key.From))
                .OrderBy(arrow => arrow.Count()).ThenBy(arrow => arrow.Key)
                .Select(arrow => $"{arrow.MinBy(use => use.ToString(), StringComparer.Ordinal)}"
                    + $" (uses of {arrow.Key.To} in {arrow.Key.From}: {arrow.Count()})"),
        ];
    }

    /// <summary>Uses of assemblies of Malten's own that are not among these.</summary>
    public static IReadOnlyList<string> ToOtherRooms(Assembly assembly, IReadOnlyCollection<string> allowed) =>
    [
        .. TypeUses.In(assembly).Where(use => use.Used.Assembly != assembly && use.Used.Assembly.GetName().Name is { } name
                && name.StartsWith("Malten.", StringComparison.Ordinal) && !allowed.Contains(name))
            .Select(use => use.ToString()).Order(StringComparer.Ordinal),
    ];

    /// <summary>Types that somebody wrote and that are not under a namespace, where <see cref="InCircles"/> would not see them.</summary>
    public static IReadOnlyList<string> Strays(Assembly assembly, string root) =>
    [
        .. assembly.GetTypes().Where(type => type is { IsNested: false, Namespace: not null } && !IsUnder(type, root) && !IsGenerated(type))
            .Select(type => $"{type.FullName} is not under {root}"),
    ];

    private static HashSet<string> Reachable(ILookup<string, string> next, string start)
    {
        var found = new HashSet<string> { start };
        var open = new Stack<string>(found);
        while (open.TryPop(out var one))
            foreach (var other in next[one].Where(found.Add))
                open.Push(other);
        return found;
    }

    private static bool IsUnder(Type type, string root) =>
        type.Namespace is { } name && (name == root || name.StartsWith(root + ".", StringComparison.Ordinal));

    /// <summary>By a compiler or a source generator. A name with a bracket is of a type that one file keeps to itself.</summary>
    private static bool IsGenerated(Type type) => type.Name.StartsWith('<')
        || type.IsDefined(typeof(GeneratedCodeAttribute)) || type.IsDefined(typeof(CompilerGeneratedAttribute));
}
