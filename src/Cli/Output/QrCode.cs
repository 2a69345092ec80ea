using QRCoder;

namespace Malten.Cli.Output;

/// <summary>Draws a QR code for a terminal: two modules a character.</summary>
internal static class QrCode
{
    /// <summary>The code of a text, light on dark as most terminals are, with the margin that readers need.</summary>
    public static string Draw(string text)
    {
        using var generator = new QRCodeGenerator();
        using var data = generator.CreateQrCode(text, QRCodeGenerator.ECCLevel.L);
        using var code = new AsciiQRCode(data);
        return code.GetGraphicSmall();
    }
}
