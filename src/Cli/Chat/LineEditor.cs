using System.Globalization;
using System.Text;
using Malten.Client;

namespace Malten.Cli.Chat;

/// <summary>The line that somebody is writing at the bottom of a terminal, above which messages are printed.</summary>
/// <param name="takeBack">What the up arrow puts into an empty line; null for nothing.</param>
/// <param name="unsent">How many lines wait to be sent, which stands beside the status; 0 for nothing to say about it. Asked at each drawing.</param>
internal sealed class LineEditor(TextWriter output, Func<int> width, Func<string?> takeBack, Func<int> unsent)
{
    private const string Clear = "\r\e[2K";
    private const string Prompt = "> ";
    private const int LeastText = 8; // columns

    private readonly Lock _gate = new();
    private readonly StringBuilder _text = new();
    private string _status = "";
    private int _shownUnsent;

    /// <summary>Prints something above the line.</summary>
    public void Above(Action print)
    {
        lock (_gate)
        {
            output.Write(Clear);
            output.Flush();
            print();
            Draw();
        }
    }

    /// <summary>What is shown before the prompt: who is there.</summary>
    public void ShowStatus(string status)
    {
        lock (_gate)
        {
            _status = status;
            Draw();
        }
    }

    /// <summary>How many lines wait to be sent has changed, or may have.</summary>
    public void ShowUnsent()
    {
        lock (_gate)
            if (unsent() != _shownUnsent) Draw();
    }

    /// <summary>Takes a key. Gives the line that it ends; null as long as it does not.</summary>
    public string? Take(ConsoleKeyInfo key)
    {
        lock (_gate)
        {
            if (key.Key == ConsoleKey.Enter) return TakeLine();
            if (key.Key == ConsoleKey.Backspace) RemoveLast();
            else if (key is { Key: ConsoleKey.U, Modifiers: ConsoleModifiers.Control }) _text.Clear();
            else if (key.Key == ConsoleKey.UpArrow && _text.Length == 0) _text.Append(takeBack());
            else if (!char.IsControl(key.KeyChar)) _text.Append(key.KeyChar);
            Draw();
            return null;
        }
    }

    /// <summary>Whether nothing has been written yet.</summary>
    public bool IsEmpty
    {
        get { lock (_gate) return _text.Length == 0; }
    }

    private string TakeLine()
    {
        var line = _text.ToString();
        _text.Clear();
        Draw();
        return line;
    }

    /// <summary>As much of it as half of the terminal takes: the other half is for the text. A terminal may not know its width.</summary>
    private string Status(int columns)
    {
        _shownUnsent = unsent();
        var notSent = _shownUnsent > 0 ? string.Create(CultureInfo.InvariantCulture, $"{_shownUnsent} not sent") : "";
        string[] parts = [notSent, _status];
        var all = string.Join(", ", parts.Where(part => part.Length > 0));
        var room = columns > 0 ? Math.Min(columns / 2, columns - LeastText - Prompt.Length - 2) - "[…] ".Length : int.MaxValue;
        return all.Length > 0 && room > 0 ? $"[{Cut(all, room)}] " : "";
    }

    private static string Cut(string text, int columns)
    {
        var end = 0;
        foreach (var character in text.EnumerateRunes())
        {
            columns -= Columns(character);
            if (columns < 0) return text[..end] + '…';
            end += character.Utf16SequenceLength;
        }

        return text;
    }

    private static int Columns(string text) => text.EnumerateRunes().Sum(Columns);

    /// <summary>How many columns a character takes at most; which one takes fewer, terminals do not agree on.</summary>
    private static int Columns(Rune character) => character.IsAscii || character.Value == '…' ? 1 : 2;

    /// <summary>A character may have two halves.</summary>
    private void RemoveLast()
    {
        if (_text.Length > 1 && char.IsLowSurrogate(_text[^1])) _text.Length--;
        if (_text.Length > 0) _text.Length--;
    }

    /// <summary>As much of the end of the text as fits on one line, if each character takes two columns at most.</summary>
    private void Draw()
    {
        var columns = width();
        var status = Status(columns);
        var room = Math.Max(LeastText / 2, (columns - Columns(status) - Prompt.Length - 2) / 2);
        var shown = Printable.Line(_text.ToString());
        var start = Math.Max(0, shown.Length - room);
        if (start > 0 && char.IsLowSurrogate(shown[start])) start++;
        output.Write($"{Clear}{status}{Prompt}{shown[start..]}");
        output.Flush();
    }
}
