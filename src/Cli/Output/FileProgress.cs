using Malten.Client;
using Spectre.Console;

namespace Malten.Cli.Output;

/// <summary>Shows on a terminal how far files are, how fast and how long it will take; <c>p</c> pauses and goes on.</summary>
internal static class FileProgress
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(100);

    /// <summary>Shows it until some work is done, on standard error if that is a terminal; nowhere else.</summary>
    public static async Task ShowAsync(IReadOnlyList<FileTransfer> files, Func<FileTransfer, string> name, Task work)
    {
        if (Console.IsErrorRedirected)
        {
            await work;
            return;
        }

        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        await console.Progress().HideCompleted(false).Columns(
            new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new DownloadedColumn(),
            new TransferSpeedColumn(), new RemainingTimeColumn()).StartAsync(async context =>
        {
            var bars = files.Select(file => context.AddTask(Markup.Escape(name(file)), autoStart: false, Math.Max(1, file.Description.Size))).ToList();
            do
            {
                await Task.WhenAny(work, Task.Delay(Period));
                TakeKeys(files);
                for (var i = 0; i < bars.Count; i++) Show(files[i], bars[i], name(files[i]));
            }
            while (!work.IsCompleted);
        });
        await work;
    }

    private static void Show(FileTransfer file, ProgressTask bar, string name)
    {
        if (file.Transferred == 0 && !file.Completion.IsCompleted) return;
        if (!bar.IsStarted)
        {
            // What was there before took no time now.
            bar.MaxValue = Math.Max(1, file.Description.Size - file.Resumed);
            bar.StartTask();
        }

        var state = file.Completion.IsFaulted ? " (failed)" : file.IsPaused ? " (paused; p goes on)" : file.IsPausedByOther ? " (paused there)"
            : file.Resumed > 0 ? $" (after {ByteSize.Of(file.Resumed)} from before)" : "";
        bar.Description = Markup.Escape(name + state);
        bar.Value = file.Completion.IsCompletedSuccessfully ? bar.MaxValue : file.Transferred - file.Resumed;
        if (file.Completion.IsFaulted) bar.StopTask();
    }

    private static void TakeKeys(IReadOnlyList<FileTransfer> files)
    {
        while (!Console.IsInputRedirected && Console.KeyAvailable)
        {
            if (Console.ReadKey(intercept: true).Key != ConsoleKey.P) continue;
            var isPaused = files.Any(file => file.IsPaused);
            foreach (var file in files)
            {
                if (isPaused) file.Resume();
                else file.Pause();
            }
        }
    }
}
