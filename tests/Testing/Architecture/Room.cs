using System.Reflection;

namespace Malten.Testing.Architecture;

/// <summary>A part of the program: a project in <c>src</c>, its assembly and its namespace, which have one name.</summary>
/// <param name="Name">Its name, without <c>Malten.</c>.</param>
/// <param name="Uses">The rooms that its project references. It may use those that they use, too.</param>
public sealed record Room(string Name, params string[] Uses)
{
    /// <summary>Every room, and every arrow that there is between two.</summary>
    public static IReadOnlyList<Room> All { get; } =
    [
        new("Streams"),
        new("Membership"),
        new("Gateway", "Streams"),
        new("Grains.Interfaces", "Streams"),
        new("Grains", "Grains.Interfaces"),
        new("Silo", "Gateway", "Grains", "Membership"),
        new("Client"),
        new("Cli", "Client"),
    ];

    /// <summary>Whether it is built over Orleans, whose packages can't be restored everywhere.</summary>
    public bool NeedsOrleans => Name == "Grains.Interfaces" || Uses.Any(room => Named(room).NeedsOrleans);

    /// <summary>The name of its assembly and the namespace that all of its types are in.</summary>
    public string FullName => $"Malten.{Name}";

    /// <summary>Its assembly.</summary>
    /// <exception cref="FileNotFoundException">It does not lie beside the tests.</exception>
    public Assembly Assembly => Assembly.Load(FullName);

    /// <summary>The names of the assemblies of all rooms that it may use.</summary>
    public IReadOnlyList<string> MayUse => [.. Uses.Select(Named).SelectMany(room => room.MayUse.Prepend(room.FullName)).Distinct()];

    /// <summary>The room of that name.</summary>
    public static Room Named(string name) => All.Single(room => room.Name == name);
}
