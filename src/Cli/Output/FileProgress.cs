using System.Collections.Concurrent;
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
        var figures = new FiguresColumn();
        var description = new TaskDescriptionColumn { Alignment = Justify.Left };
        await console.Progress().Columns(description, new ProgressBarColumn(), new PercentageColumn(), figures).StartAsync(async context =>
        {
            var bars = files.Select(file => new Bar(file, name(file), context.AddTask(Markup.Escape(name(file))), figures)).ToList();
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
    private sealed class Bar(FileTransfer file, string name, ProgressTask task, FiguresColumn figures)
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
            figures[task.Id] = $"{ByteSize.Of(value)} of {ByteSize.Of(size)}" + (speed > 0 ? $"  {ByteSize.Of((long)speed)}/s" : "")
                + (left > TimeSpan.Zero ? string.Create(CultureInfo.InvariantCulture, $"  {(int)left.TotalMinutes}:{left.Seconds:00} left") : "");
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
        private readonly ConcurrentDictionary<int, string> _figures = new();

        protected override bool NoWrap => true;

        public string this[int task]
        {
            set => _figures[task] = value;
        }

        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) => new Text(_figures.GetValueOrDefault(task.Id, ""));
    }
}
