using System.Text;

namespace Malten.Browser.Tests.Hosting;

/// <summary>Makes a tone and a moving picture, as the devices of a test hear and see them.</summary>
internal static class TestMedia
{
    private const int Rate = 48_000; // samples a second
    private const int Hertz = 440;
    private const int Seconds = 2;
    private const int Width = 320;
    private const int Height = 240;
    private const int Frames = 30; // of two seconds

    /// <summary>A sine of 440 Hz: a WAVE file, 16 bits, one channel.</summary>
    public static void WriteTone(string path)
    {
        const int Bytes = Rate * Seconds * 2;
        using var file = new BinaryWriter(File.Create(path));
        file.Write("RIFF"u8);
        file.Write(36 + Bytes);
        file.Write("WAVEfmt "u8);
        file.Write(16);
        file.Write((short)1);
        file.Write((short)1);
        file.Write(Rate);
        file.Write(Rate * 2);
        file.Write((short)2);
        file.Write((short)16);
        file.Write("data"u8);
        file.Write(Bytes);
        for (var i = 0; i < Rate * Seconds; i++) file.Write((short)(20_000 * Math.Sin(2 * Math.PI * Hertz * i / Rate)));
    }

    /// <summary>A bar that wanders over a grey field: YUV4MPEG2, 15 frames a second.</summary>
    public static void WritePicture(string path)
    {
        using var file = File.Create(path);
        file.Write(Encoding.ASCII.GetBytes($"YUV4MPEG2 W{Width} H{Height} F15:1 Ip A1:1 C420jpeg\n"));
        for (var frame = 0; frame < Frames; frame++)
        {
            file.Write("FRAME\n"u8);
            var light = new byte[Width * Height];
            Array.Fill(light, (byte)90);
            var left = frame * (Width - 40) / Frames;
            for (var y = 0; y < Height; y++) light.AsSpan((y * Width) + left, 40).Fill(220);
            file.Write(light);
            file.Write([.. Enumerable.Repeat((byte)(100 + frame), Width * Height / 4)]);
            file.Write([.. Enumerable.Repeat((byte)160, Width * Height / 4)]);
        }
    }
}
