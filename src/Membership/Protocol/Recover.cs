namespace Malten.Membership;

/// <summary>A seed that forgot asks for its memory; from then on, answers of its earlier lives are void.</summary>
internal sealed record Recover(int Seed, Incarnation Incarnation) : Request;
