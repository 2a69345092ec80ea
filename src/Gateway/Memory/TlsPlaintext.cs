using System.Net.Security;
using System.Reflection;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Malten.Gateway.Memory;

/// <summary>
/// Has OpenSSL overwrite what it has decrypted once it has handed it on. By default it stays in a buffer of the connection until
/// the next record comes, which may be never.
/// </summary>
/// <remarks>
/// OpenSSL documentation, SSL_CTX_set_options(3): <c>SSL_OP_CLEANSE_PLAINTEXT</c>, since 3.0. .NET has no setting for it, so the
/// connection's handle is taken from the private field that holds it; where it isn't found, nothing is set. Nor is it where clients
/// are asked for certificates.
/// </remarks>
internal static class TlsPlaintext
{
    private const ulong CleansePlaintext = 1 << 1;

    private static readonly FieldInfo? Context =
        typeof(SslStream).GetField("_securityContext", BindingFlags.Instance | BindingFlags.NonPublic);

    private static readonly SetOptions? Set = OperatingSystem.IsLinux()
        && NativeLibrary.TryLoad("libssl.so.3", out var library) && NativeLibrary.TryGetExport(library, "SSL_set_options", out var function)
        ? Marshal.GetDelegateForFunctionPointer<SetOptions>(function)
        : null;

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate ulong SetOptions(nint ssl, ulong options);

    /// <summary>Has all TLS connections overwrite what they decrypt.</summary>
    public static void Configure(HttpsConnectionAdapterOptions https)
    {
        if (Set is null || Context is null) return;
        var before = https.OnAuthenticate;
        https.OnAuthenticate = (connection, options) =>
        {
            before?.Invoke(connection, options);
            if (https.ClientCertificateMode != ClientCertificateMode.NoCertificate) return; // the server checks it by a callback of its own
            // The last that is called before the first request is decrypted, and the first that finds the handle.
            var check = options.RemoteCertificateValidationCallback;
            options.RemoteCertificateValidationCallback = (stream, certificate, chain, errors) =>
            {
                Cleanse(stream);
                return check?.Invoke(stream, certificate, chain, errors) ?? (!options.ClientCertificateRequired || errors == SslPolicyErrors.None);
            };
        };
    }

    private static void Cleanse(object stream)
    {
        if (Context!.GetValue(stream) is not SafeHandle { IsInvalid: false } handle) return;
        var isHeld = false;
        try
        {
            handle.DangerousAddRef(ref isHeld);
            Set!(handle.DangerousGetHandle(), CleansePlaintext);
        }
        finally
        {
            if (isHeld) handle.DangerousRelease();
        }
    }
}
