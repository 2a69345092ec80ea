using System.Globalization;

namespace Malten.Testing.Memory;

/// <summary>
/// What is in the memory of a process: each page that it could write to and that is there, as a debugger or a core dump would
/// show it (proc(5), <c>/proc/pid/maps</c> and <c>/proc/pid/mem</c>). Needs Linux, and a process of the same user.
/// </summary>
public static class ProcessMemory
{
    private const int ChunkBytes = 1024 * 1024;

    /// <summary>Where any of the patterns is, in the order of addresses; at most <paramref name="most"/> places.</summary>
    public static List<Found> Search(int process, IReadOnlyList<Pattern> patterns, int most = 10_000)
    {
        var found = new List<Found>();
        var overlap = patterns.Max(pattern => pattern.Bytes.Length) + Found.After;
        var chunk = new byte[ChunkBytes + overlap];
        using var memory = new FileStream($"/proc/{process}/mem", FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 0);
        foreach (var line in File.ReadLines($"/proc/{process}/maps"))
        {
            var parts = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var area = parts.Length > 5 ? parts[5] : "";
            if (!parts[1].StartsWith("rw", StringComparison.Ordinal) || area.StartsWith("[v", StringComparison.Ordinal)) continue;
            var (start, end) = (Address(parts[0].Split('-')[0]), Address(parts[0].Split('-')[1]));
            for (var address = start; address < end && found.Count < most; address += ChunkBytes)
            {
                var read = Read(memory, address, chunk.AsSpan(0, (int)Math.Min(chunk.Length, end - address)));
                foreach (var pattern in patterns) Search(chunk.AsSpan(0, read), address, parts[0] + area, pattern, found);
            }
        }

        return found;
    }

    private static void Search(ReadOnlySpan<byte> chunk, long address, string area, Pattern pattern, List<Found> found)
    {
        for (var start = 0; start < chunk.Length; start += pattern.Bytes.Length)
        {
            var next = chunk[start..].IndexOf(pattern.Bytes);
            if (next < 0 || start + next >= ChunkBytes) return; // what begins in the overlap is found in the next chunk
            start += next;
            var around = chunk[Math.Max(0, start - Found.Before)..Math.Min(chunk.Length, start + pattern.Bytes.Length + Found.After)];
            found.Add(new Found(address + start, area, pattern.Form, around.ToArray()));
        }
    }

    private static int Read(FileStream memory, long address, Span<byte> into)
    {
        try
        {
            memory.Seek(address, SeekOrigin.Begin);
            var read = 0;
            while (read < into.Length && memory.Read(into[read..]) is var more and > 0) read += more;
            return read;
        }
        catch (IOException)
        {
            return 0; // given back meanwhile
        }
    }

    private static long Address(string hexadecimal) => long.Parse(hexadecimal, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}

/// <summary>Bytes to search for.</summary>
/// <param name="Form">What they are called.</param>
public sealed record Pattern(string Form, byte[] Bytes);

/// <summary>A place where a pattern is.</summary>
/// <param name="Address">Its first byte.</param>
/// <param name="Area">The mapping in which it is.</param>
/// <param name="Form">The pattern's name.</param>
/// <param name="Around">The bytes before, of and after it.</param>
public sealed record Found(long Address, string Area, string Form, byte[] Around)
{
    internal const int Before = 32;
    internal const int After = 64;

    /// <inheritdoc/>
    public override string ToString() => $"{Form} at {Address:x} in {Area}: {new string([.. Around.Where(one => one != 0)
        .Select(one => one is >= 32 and < 127 ? (char)one : '·')])}";
}
