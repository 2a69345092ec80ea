using System.Diagnostics;

namespace Malten.Bench.Load.Servers;

/// <summary>nginx with nchan, where it is installed.</summary>
internal static class Nchan
{
    /// <summary>The path of the module, or null when nginx or nchan is not installed.</summary>
    public static string? FindModule()
    {
        try
        {
            using var process = Process.Start(
                new ProcessStartInfo("nginx", "-V") { RedirectStandardError = true, RedirectStandardOutput = true })!;
            var words = process.StandardError.ReadToEnd().Split(' ', '\n');
            Version = words.FirstOrDefault(word => word.StartsWith("nginx/", StringComparison.Ordinal)) ?? "nginx";
            const string Option = "--modules-path=";
            var folder = words.FirstOrDefault(word => word.StartsWith(Option, StringComparison.Ordinal))?[Option.Length..];
            var module = Path.Combine(folder ?? "", "ngx_nchan_module.so");
            return File.Exists(module) ? module : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }

    /// <summary>The name and version that nginx reports.</summary>
    public static string Version { get; private set; } = "nginx";

    /// <summary>Starts nginx in <paramref name="folder"/>, which the caller deletes afterwards.</summary>
    public static ServerProcess Start(string module, string folder, int workers)
    {
        var port = ServerProcess.FreePort();
        Directory.CreateDirectory(folder);
        var configuration = Path.Combine(folder, "nginx.conf");
        File.WriteAllText(configuration, Configuration(module, folder, port, workers));
        var start = new ProcessStartInfo("nginx", ["-p", folder, "-c", configuration, "-e", "stderr"]);
        return ServerProcess.Start($"nchan, {workers} worker{(workers == 1 ? "" : "s")}", new NchanDialect(), port, start);
    }

    // The best settings for nchan: everything in memory, no logs, no closed connections, as many messages as Malten holds.
    private static string Configuration(string module, string folder, int port, int workers) =>
        $$"""
        {{(Environment.IsPrivilegedProcess ? $"user {Environment.UserName};" : "")}}
        load_module {{module}};
        worker_processes {{workers}};
        worker_rlimit_nofile 20000;
        daemon off;
        pid {{folder}}/nginx.pid;
        error_log stderr error;
        events { worker_connections 19000; multi_accept on; }
        http {
          access_log off;
          keepalive_requests 1000000000;
          keepalive_timeout 3600s;
          client_body_temp_path {{folder}}/body;
          proxy_temp_path {{folder}}/proxy;
          fastcgi_temp_path {{folder}}/fastcgi;
          uwsgi_temp_path {{folder}}/uwsgi;
          scgi_temp_path {{folder}}/scgi;
          client_body_in_single_buffer on;
          nchan_shared_memory_size 256M;
          server {
            listen 127.0.0.1:{{port}} backlog=4096;
            location = /pub {
              nchan_publisher;
              nchan_channel_id $arg_id;
              nchan_message_buffer_length 1024;
              nchan_message_timeout 1024s;
            }
            location = /sub {
              nchan_subscriber eventsource;
              nchan_channel_id $arg_id;
              nchan_subscriber_timeout 0;
            }
          }
        }
        """;
}
