using Microsoft.AspNetCore.Http;

namespace Malten.Testing.Provider;

/// <summary>The ways in which a <see cref="FakeProvider"/> answers.</summary>
public static class FakeReply
{
    /// <summary>What no stream and no log may ever show.</summary>
    public const string ProviderText = "provider-text";

    /// <summary>A good answer.</summary>
    public static Func<HttpContext, FakeRequest, Task> Text(string? text, string finish = "stop") =>
        (context, _) => WriteAsync(context, [Choice(text, finish)]);

    /// <summary>A good answer that depends on the request.</summary>
    public static Func<HttpContext, FakeRequest, Task> Text(Func<FakeRequest, string> text) =>
        (context, request) => WriteAsync(context, [Choice(text(request), "stop")]);

    /// <summary>A good answer, once the task has ended.</summary>
    public static Func<HttpContext, FakeRequest, Task> After(Task task, string text = "An answer.") =>
        async (context, request) =>
        {
            await task.WaitAsync(context.RequestAborted);
            await Text(text)(context, request);
        };

    /// <summary>An answer without choices.</summary>
    public static Task NoChoices(HttpContext context, FakeRequest request) => WriteAsync(context, []);

    /// <summary>An error as the API words it, key and all.</summary>
    public static Func<HttpContext, FakeRequest, Task> Status(int status) => (context, request) =>
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(
            new { error = new { message = $"{ProviderText}: {request.Authorization}", type = ProviderText, code = ProviderText } });
    };

    /// <summary>A body of this text, with status 200.</summary>
    public static Func<HttpContext, FakeRequest, Task> Body(string body) => (context, _) =>
    {
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(body);
    };

    /// <summary>Nothing, until the client gives up.</summary>
    public static Task Silence(HttpContext context, FakeRequest request) =>
        Task.Delay(Timeout.Infinite, context.RequestAborted);

    /// <summary>Half an answer, then the connection breaks.</summary>
    public static async Task Cut(HttpContext context, FakeRequest request)
    {
        context.Response.ContentLength = 10_000;
        await context.Response.WriteAsync("""{"id":"1","choices":[{"message":{"content":"provider-text""");
        await context.Response.Body.FlushAsync();
        context.Abort();
    }

    private static object Choice(string? text, string finish) =>
        new { index = 0, finish_reason = finish, message = new { role = "assistant", content = text } };

    private static Task WriteAsync(HttpContext context, object[] choices) => context.Response.WriteAsJsonAsync(new
    {
        id = "chatcmpl-1",
        @object = "chat.completion",
        created = 1_795_219_513,
        model = "some-model",
        choices,
        usage = new { prompt_tokens = 1, completion_tokens = 1, total_tokens = 2 },
    });
}
