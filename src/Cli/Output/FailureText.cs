namespace Malten.Cli.Output;

/// <summary>What people are told of something that failed.</summary>
internal static class FailureText
{
    /// <summary>An exception's message, without the parameter's name that .NET appends for programmers.</summary>
    public static string Of(Exception failed)
    {
        if (failed is not ArgumentException { ParamName: { Length: > 0 } parameter }) return failed.Message;
        var appended = failed.Message.LastIndexOf($" (Parameter '{parameter}')", StringComparison.Ordinal);
        return appended < 0 ? failed.Message : failed.Message[..appended];
    }
}
