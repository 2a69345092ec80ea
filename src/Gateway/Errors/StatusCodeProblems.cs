using Microsoft.AspNetCore.Diagnostics;

namespace Malten.Gateway.Errors;

/// <summary>Gives a body to the errors that routing answers with: unknown path, wrong method.</summary>
internal static class StatusCodeProblems
{
    public static Task WriteAsync(StatusCodeContext context)
    {
        var http = context.HttpContext;
        return http.Response.StatusCode switch
        {
            StatusCodes.Status404NotFound => Problem.WriteAsync(http, StatusCodes.Status404NotFound, "Unknown path",
                "Nothing is served at this path; GET / says what is.", "UnknownPath"),
            StatusCodes.Status405MethodNotAllowed => Problem.WriteAsync(http, StatusCodes.Status405MethodNotAllowed,
                "Wrong method", "This path takes the methods that the header Allow names.", "WrongMethod"),
            _ => Task.CompletedTask,
        };
    }
}
