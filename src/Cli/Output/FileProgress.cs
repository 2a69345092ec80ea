using System.Globalization;
using Malten.Client;
using Spectre.Console;
using Spectre.Console.Rendering;

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
        ProgressColumn[] columns = [new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new FiguresColumn()];
        await console.Progress().Columns(columns).StartAsync(async context =>
        {
            var bars = files.Select(file => new Bar(file, name(file), context.AddTask(Markup.Escape(name(file))))).ToList();
            do
            {
                await Task.WhenAny(work, Task.Delay(Period));
                TakeKeys(files);
                foreach (var bar in bars) bar.Show();
            }
            while (!work.IsCompleted);
        });
        await work;
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

    /// <summary>The line of one file.</summary>
    private sealed class Bar(FileTransfer file, string name, ProgressTask task)
    {
        private static readonly TimeSpan Measured = TimeSpan.FromSeconds(5);

        private readonly Queue<(long Time, long Value)> _samples = [];

        public void Show()
        {
            var (size, value) = (file.Description.Size, file.Transferred);
            var state = file.Completion.IsFaulted ? " (failed)" : file.IsPaused ? " (paused; p goes on)" : file.IsPausedByOther ? " (paused there)" : "";
            task.Description = Markup.Escape(name + state);
            task.MaxValue = Math.Max(1, size);
            task.Value = file.Completion.IsCompletedSuccessfully ? task.MaxValue : value;
            var speed = state.Length == 0 ? Speed(value) : 0;
            var left = speed > 0 && value < size ? TimeSpan.FromSeconds((size - value) / speed) : TimeSpan.Zero;
            var figures = $"{ByteSize.Of(value)} of {ByteSize.Of(size)}" + (speed > 0 ? $"  {ByteSize.Of((long)speed)}/s" : "")
                + (left > TimeSpan.Zero ? string.Create(CultureInfo.InvariantCulture, $"  {(int)left.TotalMinutes}:{left.Seconds:00} left") : "");
            task.State.Update<string>(FiguresColumn.Key, _ => figures);
        }

        /// <summary>Bytes a second, of late; what was there before took no time.</summary>
        private double Speed(long value)
        {
            if (value <= file.Resumed) _samples.Clear();
            _samples.Enqueue((TimeProvider.System.GetTimestamp(), value));
            while (TimeProvider.System.GetElapsedTime(_samples.Peek().Time) > Measured) _samples.Dequeue();
            var (time, first) = _samples.Peek();
            return value > first ? (value - first) / TimeProvider.System.GetElapsedTime(time).TotalSeconds : 0;
        }
    }

    /// <summary>How much, how fast, and how long it will take.</summary>
    private sealed class FiguresColumn : ProgressColumn
    {
        public const string Key = "figures";

        protected override bool NoWrap => true;

        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) => new Text(task.State.Get<string>(Key) ?? "");
    }
}
