using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Malten.Testing.Contract;

namespace Malten.Gateway.Tests;

/// <summary>Uses everything there is, rightly and wrongly, and remembers what of it is secret.</summary>
internal sealed class BusySession(Uri address)
{
    /// <summary>All that must not be found afterwards.</summary>
    public List<string> Secret { get; } = [.. Secrets.Fixed];

    public async Task RunAsync()
    {
        using var http = new HttpClient(new SocketsHttpHandler { ConnectCallback = ConnectAsync, MaxResponseDrainSize = 0 }) { BaseAddress = address };
        http.DefaultRequestHeaders.Add("X-Forwarded-For", Secrets.ForwardedAddress);
        http.DefaultRequestHeaders.Add("X-Custom", Secrets.Header);
        http.DefaultRequestHeaders.Add("Origin", $"https://{Secrets.Header}.example");
        await using var listener = new Listener(await http.GetAsync(
            $"/events?stream={Secrets.Stream}&user={Secrets.User}&last=1", HttpCompletionOption.ResponseHeadersRead));
        var open = (await listener.NextAsync()).Payload;
        var session = Remember(open.GetProperty("Session"));
        var handle = Remember(open.GetProperty("Listener"));
        var pipe = await JsonAsync(await PostAsync(http, "/pipes"));
        var (name, seat) = (Remember(pipe.GetProperty("stream")), Remember(pipe.GetProperty("seats")[0]));
        var other = Remember(pipe.GetProperty("seats")[1]);

        await PostAsync(http, "/streams", ("stream", Secrets.Stream));
        await PostAsync(http, "/streams", ("stream", Secrets.Stream)); // 409
        await PostAsync(http, "/messages", ("stream", Secrets.Stream), ("message", Secrets.Text), ("user", Secrets.User));
        await PostAsync(http, $"/messages?stream={Secrets.Stream}&message={Secrets.Text}&seat={Secrets.Text}"); // 403
        using var received = await http.GetAsync($"/bytes?stream={name}&seat={other}", HttpCompletionOption.ResponseHeadersRead);
        await http.PostAsync($"/bytes?stream={name}&seat={seat}&more=true", new StringContent(Secrets.Text));
        await http.PostAsync($"/bytes?stream={name}&seat={seat}&channel={Secrets.Text}", new StringContent(Secrets.Text)); // 400
        await http.PostAsync($"/bytes?stream={name}&seat={Secrets.Text}", new StringContent(Secrets.Text)); // 403
        await PostAsync(http, "/messages", ("stream", name), ("message", Secrets.Text), ("seat", seat));
        await PostAsync(http, "/messages", ("stream", name), ("message", Secrets.Text)); // 403
        await PostAsync(http, "/messages", ("stream", Secrets.Stream), ("message", $"/malten {Secrets.Prompt}"));
        await PostAsync(http, "/commands", ("stream", Secrets.Stream), ("prompt", Secrets.Prompt));
        await PostAsync(http, "/presence", ("session", session), ("status", "away"));
        await PostAsync(http, "/presence", ("session", session), ("status", Secrets.Text)); // 400
        await PostAsync(http, "/signals", ("session", session), ("stream", Secrets.Stream), ("message", Secrets.Text), ("to", handle));
        await PostAsync(http, "/signals", ("session", session), ("stream", Secrets.Stream), ("message", Secrets.Text), ("to", Secrets.Text)); // 404
        await PostAsync(http, "/signals", ("session", handle), ("stream", Secrets.Stream), ("message", Secrets.Text)); // 403
        await PostAsync(http, "/messages", ("stream", Secrets.Stream), ("message", Secrets.Text), ("id", Secrets.Text)); // 400
        foreach (var body in new[] { $"{{\"message\":\"{Secrets.Text}", $"{{\"{Secrets.Text}\":\"\\ud800\"}}", new string('x', 70_000) + Secrets.Text })
        {
            await http.PostAsync($"/messages?stream={Secrets.Stream}", new StringContent(body, Encoding.UTF8, "application/json"));
            await http.PostAsync("/messages", new StringContent(body, Encoding.UTF8, $"text/{Secrets.Text}")); // 415
        }

        await http.GetAsync($"/messages?stream={Secrets.Stream}&limit={Secrets.Text}");
        await http.GetAsync($"/messages?stream={Secrets.Stream}");
        await http.GetAsync($"/streams?prefix={Secrets.Stream}");
        await http.GetAsync($"/presence?stream={name}&seat={seat}");
        await http.GetAsync($"/{Secrets.Path}?stream={Secrets.Stream}"); // 404
        await http.DeleteAsync($"/streams?stream={Secrets.Stream}"); // 405
        await http.SendAsync(new HttpRequestMessage(HttpMethod.Options, $"/messages?stream={Secrets.Stream}"));
        await SendNoiseAsync($"GET /{Secrets.Noise} {Secrets.Noise} HTTP/1.1\r\n{Secrets.Noise}\r\n\r\n");
        await SendNoiseAsync($"POST /messages?stream={Secrets.Noise} HTTP/1.1\r\nHost: {Secrets.Noise}\r\nContent-Length: 99\r\n\r\n{Secrets.Noise}");
        await listener.NextPresenceAsync();
    }

    /// <summary>Asserts that nothing secret is in what was kept.</summary>
    public void AssertNotIn(string kept, string where)
    {
        foreach (var secret in Secret)
            Assert.False(kept.Contains(secret, StringComparison.OrdinalIgnoreCase), $"'{secret}' is in {where}:\n{Around(kept, secret)}");
    }

    private static string Around(string kept, string secret)
    {
        var at = kept.IndexOf(secret, StringComparison.OrdinalIgnoreCase);
        return kept[Math.Max(0, at - 300)..Math.Min(kept.Length, at + 300)];
    }

    private string Remember(JsonElement secret)
    {
        Secret.Add(secret.GetString()!);
        return secret.GetString()!;
    }

    private static Task<HttpResponseMessage> PostAsync(HttpClient http, string path, params (string Name, string Value)[] form) =>
        http.PostAsync(path, new FormUrlEncodedContent(form.Select(one => KeyValuePair.Create(one.Name, one.Value))));

    private static async Task<JsonElement> JsonAsync(HttpResponseMessage response) => JsonElement.Parse(await response.Content.ReadAsStringAsync());

    private async Task SendNoiseAsync(string text)
    {
        using var socket = await ConnectAsync();
        await socket.SendAsync(Encoding.ASCII.GetBytes(text));
        socket.Shutdown(SocketShutdown.Send);
        try
        {
            while (await socket.ReceiveAsync(new byte[1024]) > 0)
            {
            }
        }
        catch (SocketException)
        {
            // thrown out, as such a client should be
        }
    }

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation) =>
        new NetworkStream(await ConnectAsync(), ownsSocket: true);

    private async Task<Socket> ConnectAsync()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        if (OperatingSystem.IsLinux()) socket.Bind(new IPEndPoint(IPAddress.Parse(Secrets.Address), 0));
        await socket.ConnectAsync(address.Host, address.Port);
        return socket;
    }
}
