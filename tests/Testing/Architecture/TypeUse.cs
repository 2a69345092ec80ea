namespace Malten.Testing.Architecture;

/// <summary>One type uses another. Nested and compiler-generated types count as the type around them.</summary>
public sealed record TypeUse(Type User, Type Used)
{
    public override string ToString() => $"{User.FullName} uses {Used.FullName}";
}
