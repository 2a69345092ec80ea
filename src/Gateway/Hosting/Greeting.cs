namespace Malten.Gateway.Hosting;

/// <summary>The line that a node prints when it has started.</summary>
public static class Greeting
{
    /// <summary>Prints the node's address and two commands to try.</summary>
    public static void Greet(this WebApplication app) => app.Lifetime.ApplicationStarted.Register(() =>
    {
        var here = app.Urls.First().Replace("0.0.0.0", "localhost", StringComparison.Ordinal)
            .Replace("[::]", "localhost", StringComparison.Ordinal);
        Console.WriteLine(
            $"Malten is up at {here}  (try: curl -N {here}/events  and then: curl -d message=hello {here}/messages)");
    });
}
