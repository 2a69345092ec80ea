namespace Malten.Silo;

/// <summary>
/// <c>--health address</c>: probes a running node. The exit code is 0 if the node answers with a status of success within
/// five seconds, otherwise 1. For container images that have neither a shell nor curl.
/// </summary>
internal static class HealthProbe
{
    private const string Switch = "--health";

    public static bool IsAsked(string[] args) => args is [Switch, ..];

    public static async Task<int> RunAsync(string[] args)
    {
        if (args is not [_, var text] || !Uri.TryCreate(text, UriKind.Absolute, out var address))
        {
            await Console.Error.WriteLineAsync($"{Switch} needs one address, for example {Switch} http://localhost:9090/healthz");
            return 1;
        }

        try
        {
            using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
            using var answer = await http.GetAsync(address);
            return answer.IsSuccessStatusCode ? 0 : 1;
        }
        catch (Exception failure) when (failure is HttpRequestException or OperationCanceledException or NotSupportedException)
        {
            await Console.Error.WriteLineAsync(failure.Message);
            return 1;
        }
    }
}
