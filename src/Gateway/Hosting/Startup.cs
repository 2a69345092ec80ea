using Microsoft.Extensions.Options;

namespace Malten.Gateway.Hosting;

/// <summary>Runs an application; if its configuration is invalid, prints why instead of a stack trace.</summary>
public static class Startup
{
    /// <summary>
    /// Runs until the process is asked to stop. Returns the process's exit code: 0, or 1 when it could not start.
    /// <paramref name="prepare"/> runs once the settings are known to be valid and before anything starts;
    /// <paramref name="leave"/> once the process was asked to stop and before anything stops.
    /// </summary>
    public static async Task<int> RunOrExplainAsync(this WebApplication app, Func<Task>? prepare = null, Func<Task>? leave = null)
    {
        var isStarted = false;
        try
        {
            app.Services.GetRequiredService<IStartupValidator>().Validate(); // the host itself would log the exception with its stack trace
            if (prepare is not null) await prepare();
            await app.StartAsync();
            isStarted = true;
            await app.UntilStoppingAsync();
            try
            {
                if (leave is not null) await leave();
            }
            finally
            {
                await app.StopAsync();
            }

            return 0;
        }
        catch (Exception failure) when (app.Lifetime.ApplicationStopping.IsCancellationRequested && (!isStarted || failure is OperationCanceledException))
        {
            return 0; // stopped before startup was complete; Orleans tells that by an exception of its own
        }
        catch (OptionsValidationException invalid)
        {
            foreach (var failure in invalid.Failures)
                await Console.Error.WriteLineAsync($"Malten can't start: {failure}");
            return 1;
        }
        catch (Exception failure) when (failure is IOException or InvalidOperationException or FormatException)
        {
            await Console.Error.WriteLineAsync($"Malten can't start: {failure.Message}");
            return 1;
        }
    }

    private static async Task UntilStoppingAsync(this WebApplication app)
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = app.Lifetime.ApplicationStopping.Register(asked.SetResult);
        await asked.Task;
    }
}
