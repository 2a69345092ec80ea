using Malten.Testing.Histories;
using Malten.Testing.Histories.Checking;

// usage: dotnet run --project bench/Check -- <history.jsonl> …
// Exits with 0 when the histories keep every promise, 1 when one does not, 2 when a file can't be read.
if (args.Length == 0)
{
    Console.Error.WriteLine("Name the files to check: histories as docs/histories.md describes them.");
    return 2;
}

var isWell = true;
foreach (var path in args)
{
    try
    {
        var report = Checker.Check(HistoryFile.Read(path));
        Console.WriteLine($"{path}: {report}");
        isWell &= report.Violations.Count == 0;
    }
    catch (Exception failure) when (failure is FormatException or IOException or UnauthorizedAccessException)
    {
        Console.Error.WriteLine($"{path}: {failure.Message}");
        return 2;
    }
}

return isWell ? 0 : 1;
