using System.Text;
using Malten.Membership.Registers;

namespace Malten.Membership.Tests.Wire;

/// <summary>Calls with text as the value.</summary>
internal static class Calls
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static async Task<string?> ReadTextAsync(this Register register)
    {
        var result = await register.ReadAsync();
        Assert.Equal(RegisterOutcome.Unchanged, result.Outcome);
        return result.Value is { } value ? Encoding.UTF8.GetString(value) : null;
    }

    public static async Task AppendAsync(this Register register, string text)
    {
        var result = await register.ChangeAsync(value => [.. value ?? [], .. Encoding.UTF8.GetBytes(text)]);
        Assert.Equal(RegisterOutcome.Changed, result.Outcome);
    }

    /// <summary>Reads until the call succeeds, while seeds start or recover.</summary>
    public static async Task<string?> ReadSoonAsync(this Register register)
    {
        for (var started = TimeProvider.System.GetTimestamp(); ;)
        {
            var result = await register.ReadAsync();
            if (result.Succeeded) return result.Value is { } value ? Encoding.UTF8.GetString(value) : null;
            Assert.True(TimeProvider.System.GetElapsedTime(started) < Patience, $"Still {result.Outcome}.");
        }
    }
}
