using System.Text;
using Malten.Client;

namespace Malten.Cli.Chat;

/// <summary>The line that somebody is writing at the bottom of a terminal, above which messages are printed.</summary>
internal sealed class LineEditor(TextWriter output, Func<int> width)
{
    private const string Clear = "\r\e[2K";
    private const string Prompt = "> ";

    private readonly Lock _gate = new();
    private readonly StringBuilder _text = new();
    private string _status = "";

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
            _status = status.Length > 0 ? $"[{status}] " : "";
            Draw();
        }
    }

    /// <summary>Takes a key. Gives the line that it ends; null as long as it does not.</summary>
    public string? Take(ConsoleKeyInfo key)
    {
        lock (_gate)
        {
            if (key.Key == ConsoleKey.Enter) return TakeLine();
            if (key.Key == ConsoleKey.Backspace) RemoveLast();
            else if (key is { Key: ConsoleKey.U, Modifiers: ConsoleModifiers.Control }) _text.Clear();
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

    /// <summary>Puts back what could not be sent.</summary>
    public void Return(string text)
    {
        lock (_gate)
        {
            _text.Insert(0, text);
            Draw();
        }
    }

    private string TakeLine()
    {
        var line = _text.ToString();
        _text.Clear();
        Draw();
        return line;
    }

    /// <summary>A character may have two halves.</summary>
    private void RemoveLast()
    {
        if (_text.Length > 1 && char.IsLowSurrogate(_text[^1])) _text.Length--;
        if (_text.Length > 0) _text.Length--;
    }

    /// <summary>As much of the end of the text as fits on one line, if each character takes two columns at most.</summary>
    private void Draw()
    {
        var room = Math.Max(4, (width() - _status.Length - Prompt.Length - 2) / 2);
        var shown = Printable.Line(_text.ToString());
        var start = Math.Max(0, shown.Length - room);
        if (start > 0 && char.IsLowSurrogate(shown[start])) start++;
        output.Write($"{Clear}{_status}{Prompt}{shown[start..]}");
        output.Flush();
    }
}
