namespace Malten.Bench.Client;

/// <summary>One thing that is measured and what runs beside it, in turn, round for round.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Unit">Of both figures.</param>
internal sealed record Ratio(string Name, string Unit)
{
    private readonly List<(double Ours, double Beside)> _rounds = [];

    public static void WriteHead(TextWriter output) => output.WriteLine("""
        | what | unit | Malten's | beside it | ratio |
        |---|---|--:|--:|--:|
        """);

    public void Add(double ours, double beside) => _rounds.Add((ours, beside));

    public void Write(TextWriter output)
    {
        var ratios = _rounds.Select(round => round.Ours / round.Beside).ToList();
        output.WriteLine($"| {Name} | {Unit} | {Median(_rounds.Select(round => round.Ours)):0.###} | {Median(_rounds.Select(round => round.Beside)):0.###} "
            + $"| **{Median(ratios):0.00}** ({string.Join(", ", ratios.Select(ratio => $"{ratio:0.00}"))}) |");
    }

    public static double Median(IEnumerable<double> values) => values.Order().ToList() is var all && all.Count % 2 == 1
        ? all[all.Count / 2]
        : (all[all.Count / 2] + all[all.Count / 2 - 1]) / 2;
}
