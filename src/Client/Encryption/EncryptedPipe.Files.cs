using Malten.Client.Encryption;

namespace Malten.Client;

/// <content>Files, in both directions.</content>
public sealed partial class EncryptedPipe
{
    /// <summary>
    /// Offers files to the other side and takes what it offers: name, type and size before anything is sent, resumed where a connection broke, checked by
    /// SHA-256. The page does the same. It takes channel 1 of the pipe's bytes, and can be called once.
    /// </summary>
    /// <exception cref="InvalidOperationException">The pipe is not open, or the channel is in use.</exception>
    public FileTransfers TransferFiles()
    {
        var (sender, receiver) = (NewCipher(IsInviter, ByteKeys.FileChannel), NewCipher(!IsInviter, ByteKeys.FileChannel));
        return new FileTransfers(IsInviter, (source, stop) => SendAsync(source, sender, ByteKeys.FileChannel, null, stop),
            (destination, stop) => ReceiveAsync(destination, receiver, ByteKeys.FileChannel, null, stop));
    }
}
