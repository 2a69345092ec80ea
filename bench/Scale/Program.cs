using System.Globalization;
using Malten.Bench.Scale;

// Prints the tables of docs/scale.md in Markdown, from the costs in bench/README.md: its only argument, or the file in the current folder.
if (args.Length > 1)
{
    Console.Error.WriteLine("Usage: Malten.Bench.Scale [bench/README.md]");
    return 2;
}

var measured = Measured.Read(File.ReadAllText(args is [var path] ? path : "bench/README.md").ReplaceLineEndings("\n"));
var machine = new Machine();
var model = new Model(measured, machine);
int[] sizes = [1, 3, 10, 30, 100, 300];

Console.WriteLine("| what | costs | known from |");
Console.WriteLine("|---|--:|---|");
Console.WriteLine($"| a post, on one silo | {Round(measured.PostAlone)} µs | measured |");
Console.WriteLine($"| a post, on three, all of them together | {Round(measured.PostOfThree)} µs | measured |");
Console.WriteLine($"| a post that begins a stream, on one silo | {Round(measured.BeginAlone)} µs | measured |");
Console.WriteLine($"| a post that begins a stream, on three | {Round(measured.BeginOfThree)} µs | measured |");
Console.WriteLine($"| a delivery when nothing is saturated: each message is written by itself | {Round(measured.QuietDelivery)} µs | measured |");
Console.WriteLine($"| a delivery at full load, on three silos: many messages in one write | {Round(measured.BusyDelivery)} µs | measured |");
Console.WriteLine($"| a stream with one message, both copies | {Round(measured.Stream)} KiB | measured |");
Console.WriteLine($"| a call from one silo to another, both together | {Round(model.Call)} µs at most | derived |");
Console.WriteLine($"| a listener | {Round(machine.Listener)} KiB | as it is counted |");
Console.WriteLine($"| a silo's row in a seed's answer | {Round(machine.Row)} bytes | 430 of JSON, in base64 |");

Console.WriteLine();
Console.WriteLine("| silos | posts/s | begun streams/s | deliveries/s, quiet | deliveries/s, full load | streams | listeners |");
Console.WriteLine("|--:|--:|--:|--:|--:|--:|--:|");
foreach (var silos in sizes)
    Console.WriteLine($"| {silos} | {Round(model.Posts(silos))} | {Round(model.Begins(silos))} | {Round(model.QuietDeliveries(silos))} "
        + $"| {Round(model.BusyDeliveries(silos))} | {Round(model.Streams(silos))} | {Round(model.Listeners(silos))} |");

Console.WriteLine();
Console.WriteLine("| silos | a seed sends, MB/s | a silo's list of streams gets, MB/s "
    + "| posts/s of a stream that is heard on all | renewals, of the processors |");
Console.WriteLine("|--:|--:|--:|--:|--:|");
foreach (var silos in sizes[1..])
    Console.WriteLine($"| {silos} | {Round(model.SeedTraffic(silos) / 1e6)} | {Round(model.ListTraffic(silos) / 1e6)} "
        + $"| {Round(model.PostsHeardEverywhere(silos))} | {Round(100 * model.RenewalShare(silos))} % |");

Console.WriteLine();
Console.WriteLine("| what is full | at |");
Console.WriteLine("|---|--:|");
Console.WriteLine($"| the processors, when the memory is full of listeners | {Round(model.DeliveriesOfEach)} deliveries/s to each |");
Console.WriteLine($"| a seed's half gigabit, by looks at the table | {Round(model.SilosOfSeed)} silos |");
Console.WriteLine($"| a silo's half gigabit, by lists of public streams | {Round(model.SilosOfList)} silos |");
Console.WriteLine($"| one core, by one stream with one client's pace that is heard on all | {Round(model.SilosOfPace)} silos |");
return 0;

// Two digits: the model is no better.
static string Round(double value)
{
    if (value <= 0) return "0";
    var scale = Math.Pow(10, Math.Floor(Math.Log10(value)) - 1);
    var rounded = Math.Round(value / scale) * scale;
    return rounded.ToString(rounded < 10 ? "0.##" : "#,0", CultureInfo.InvariantCulture);
}
