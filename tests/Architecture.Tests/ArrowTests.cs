using Malten.Testing.Architecture;

namespace Malten.Architecture.Tests;

/// <summary>What the tests of rooms rely on: every kind of use is seen, wherever the code has it.</summary>
public sealed class ArrowTests
{
    private const string Usings = "using System; using System.Collections.Generic; using System.Threading.Tasks;\n";

    /// <summary>A namespace whose one class uses <c>R.A.X</c>.</summary>
    private const string Back = """
        namespace R.B
        {
            public class Y : Exception
            {
                public A.X Back;
                public static void Do() { }
            }

            public interface I;
            public sealed class MarkAttribute : Attribute;
        }
        """;

    [Theory]
    [InlineData("Y", "public class X { B.Y y; }")]
    [InlineData("Y", "public class X { static B.Y y; }")]
    [InlineData("Y", "public class X { B.Y[] y; }")]
    [InlineData("Y", "public class X { List<B.Y> y; }")]
    [InlineData("Y", "public unsafe class X { delegate*<B.Y, void> y; }")]
    [InlineData("Y", "public class X { B.Y P { get; } }")]
    [InlineData("Y", "public class X { event Action<B.Y> E; }")]
    [InlineData("Y", "public class X { void M(B.Y y) { } }")]
    [InlineData("Y", "public class X { void M(ref B.Y y) { } }")]
    [InlineData("Y", "public class X { X(B.Y y) { } }")]
    [InlineData("Y", "public class X { B.Y M() => null; }")]
    [InlineData("Y", "public class X { class N { B.Y y; } }")]
    [InlineData("Y", "public class X : B.Y { }")]
    [InlineData("I", "public class X : B.I { }")]
    [InlineData("I", "public class X { class N<T> where T : B.I { } }")]
    [InlineData("I", "public class X { void M<T>() where T : B.I { } }")]
    [InlineData("Mark", "[B.Mark] public class X { }")]
    [InlineData("Mark", "public class X { [B.Mark] void M() { } }")]
    [InlineData("Mark", "public class X { void M([B.Mark] int i) { } }")]
    [InlineData("Mark", "public class X { [B.Mark] int P => 0; }")]
    [InlineData("Y", "public class OfAttribute(Type t) : Attribute; [Of(typeof(B.Y))] public class X { }")]
    [InlineData("Y", "public class OfAttribute : Attribute { public Type[] T; } [Of(T = new[] { typeof(List<B.Y>) })] public class X { }")]
    [InlineData("Y", "public class X { void M() { B.Y y = null; Console.Write(y is null); } }")]
    [InlineData("Y", "public class X { void M() => B.Y.Do(); }")]
    [InlineData("Y", "public class X { Action M() => B.Y.Do; }")]
    [InlineData("Y", "public class X { object M() => new B.Y(); }")]
    [InlineData("Y", "public class X { object M() => typeof(B.Y); }")]
    [InlineData("Y", "public class X { object M() => Array.Empty<B.Y>(); }")]
    [InlineData("Y", "public class X { bool M(object o) => o is B.Y; }")]
    [InlineData("Y", "public class X { void M() { try { M(); } catch (B.Y) { } } }")]
    [InlineData("Y", "public class X { void M(int i) { switch (i) { case 0: case 1: case 2: case 3: return; default: B.Y.Do(); break; } } }")]
    [InlineData("Y", "public class X { Func<object> M(int i) => () => i + new B.Y().ToString(); }")]
    [InlineData("Y", "public class X { async Task M() { await Task.Yield(); B.Y.Do(); } }")]
    [InlineData("Y", "public class X { IEnumerable<int> M() { yield return 1; B.Y.Do(); } }")]
    [InlineData("Y", "public class X { static int i = new Func<int>(() => { B.Y.Do(); return 1; })(); }")]
    public void Two_namespaces_that_use_each_other_are_found_and_the_types_named(string used, string user)
    {
        var arrows = InCircles($"namespace R.A {{ {user} }}\n{Back}");
        Assert.Equal(2, arrows.Count);
        Assert.Contains(arrows, arrow => arrow.StartsWith("R.A.X", StringComparison.Ordinal) && arrow.Contains($" uses R.B.{used}", StringComparison.Ordinal));
        Assert.Contains("R.B.Y uses R.A.X (uses of R.A in R.B: 1)", arrows);
    }

    [Fact]
    public void A_circle_of_three_is_found_and_the_arrow_that_is_outside_of_it_is_not_blamed()
    {
        var arrows = InCircles("""
            namespace R { class P { A.X x; } }
            namespace R.A { class X { B.Y y; } class X2 { B.Y y; } }
            namespace R.B { class Y { C.Z z; D.W w; } }
            namespace R.C { class Z { A.X x; } }
            namespace R.D { class W { } }
            """);
        Assert.Equal(
            [
                "R.B.Y uses R.C.Z (uses of R.C in R.B: 1)",
                "R.C.Z uses R.A.X (uses of R.A in R.C: 1)",
                "R.A.X uses R.B.Y (uses of R.B in R.A: 2)",
            ], arrows);
    }

    [Fact]
    public void Arrows_that_run_one_way_are_well() => Assert.Empty(InCircles("""
        namespace R { class P { A.X x; B.Y y; } }
        namespace R.A { class X { B.Y y; X2 x; } class X2 { X x; } }
        namespace R.B { class Y { List<int> numbers; } }
        namespace Other { class O { R.P p; } }
        """));

    [Fact]
    public void A_use_of_another_room_is_found_unless_it_is_allowed()
    {
        var assembly = Snippet.Compile("namespace R { class X { object M() => Malten.Streams.Values.StreamName.Random(); } }");
        Assert.Equal(["R.X uses Malten.Streams.Values.StreamName"], Arrows.ToOtherRooms(assembly, ["Malten.Gateway"]));
        Assert.Empty(Arrows.ToOtherRooms(assembly, ["Malten.Streams"]));
    }

    [Fact]
    public void A_type_outside_of_the_namespace_is_found()
    {
        var assembly = Snippet.Compile("namespace R { class X { } } namespace Rest { class Y { class N { } } } class Program { }");
        Assert.Equal(["Rest.Y is not under R"], Arrows.Strays(assembly, "R"));
    }

    private static IReadOnlyList<string> InCircles(string code) => Arrows.InCircles(Snippet.Compile(Usings + code), "R");
}
