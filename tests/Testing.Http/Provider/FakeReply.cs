using Microsoft.AspNetCore.Http;

namespace Malten.Testing.Provider;

/// <summary>The ways in which a <see cref="FakeProvider"/> answers.</summary>
public static class FakeReply
{
    /// <summary>What no stream and no log may ever show.</summary>
    public const string ProviderText = "provider-text";

    /// <summary>What an answer cost, as the provider says where a test does not name another number.</summary>
    public const int Tokens = 2;

    /// <summary>A good answer.</summary>
    public static Func<HttpContext, FakeRequest, Task> Text(string? text, string finish = "stop", int? tokens = Tokens) =>
        Writing(async writer =>
        {
            await writer.WriteAsync(text);
            await writer.EndAsync(finish, tokens);
        });

    /// <summary>A good answer that depends on the request.</summary>
    public static Func<HttpContext, FakeRequest, Task> Text(Func<FakeRequest, string> text) =>
        (context, request) => Text(text(request))(context, request);

    /// <summary>A good answer, once the task has ended.</summary>
    public static Func<HttpContext, FakeRequest, Task> After(Task task, string text = "An answer.") =>
        async (context, request) =>
        {
            await task.WaitAsync(context.RequestAborted);
            await Text(text)(context, request);
        };

    /// <summary>An answer that the test writes.</summary>
    public static Func<HttpContext, FakeRequest, Task> Writing(Func<FakeWriter, Task> write) => (context, request) =>
    {
        context.Response.ContentType = "text/event-stream";
        return write(new FakeWriter(context, request));
    };

    /// <summary>An answer without choices.</summary>
    public static Task NoChoices(HttpContext context, FakeRequest request) => Writing(writer => writer.EndWithoutChoicesAsync())(context, request);

    /// <summary>An error as the API words it, key and all.</summary>
    public static Func<HttpContext, FakeRequest, Task> Status(int status) => (context, request) =>
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(
            new { error = new { message = $"{ProviderText}: {request.Authorization}", type = ProviderText, code = ProviderText } });
    };

    /// <summary>A body of this text, with status 200.</summary>
    public static Func<HttpContext, FakeRequest, Task> Body(string body, string type = "application/json") => (context, _) =>
    {
        context.Response.ContentType = type;
        return context.Response.WriteAsync(body);
    };

    /// <summary>Nothing, until the client gives up.</summary>
    public static Task Silence(HttpContext context, FakeRequest request) =>
        Task.Delay(Timeout.Infinite, context.RequestAborted);

    /// <summary>Half an answer, then the connection breaks.</summary>
    public static Func<HttpContext, FakeRequest, Task> Cut(string half) => Writing(async writer =>
    {
        await writer.WriteAsync(half);
        writer.Abort();
    });

    /// <summary>Half an answer, then an orderly end of the response without the end of the answer.</summary>
    public static Func<HttpContext, FakeRequest, Task> Unfinished(string half) => Writing(writer => writer.WriteAsync(half));

    /// <summary>The same piece again and again, as long as the client takes it.</summary>
    public static Func<HttpContext, FakeRequest, Task> Endless(string piece) => Writing(async writer =>
    {
        while (!writer.Gone.IsCancellationRequested) await writer.WriteAsync(piece);
    });
}
