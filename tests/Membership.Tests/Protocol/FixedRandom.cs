namespace Malten.Membership.Tests.Protocol;

/// <summary>Always draws the same number, so that a pause has a known length. Ids still differ.</summary>
internal sealed class FixedRandom(double number) : Random(1)
{
    public override double NextDouble() => number;
}
