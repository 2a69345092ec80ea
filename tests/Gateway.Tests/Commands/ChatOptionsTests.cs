using Malten.Streams;
using Malten.Testing;
using Malten.Testing.Provider;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Malten.Gateway.Commands;

public sealed class ChatOptionsTests
{
    [Theory]
    [InlineData("OPENAI_BASE_URL", "not a url")]
    [InlineData("OPENAI_BASE_URL", "api.openai.com/v1")]
    [InlineData("OPENAI_BASE_URL", "ftp://example.com/v1")]
    [InlineData("OPENAI_BASE_URL", "/v1")]
    [InlineData("OPENAI_API_KEY", "sk-with a space")]
    [InlineData("OPENAI_API_KEY", "sk-with\na-line-end")]
    [InlineData("OPENAI_API_KEY", "sk-ключ")]
    [InlineData("Malten:Chat:TimeLimitSeconds", "0")]
    [InlineData("Malten:Chat:TimeLimitSeconds", "a minute")]
    [InlineData("Malten:Chat:MaxConcurrent", "0")]
    [InlineData("Malten:Chat:MaxConcurrentPerStream", "-1")]
    [InlineData("Malten:Chat:MaxWaiting", "0")]
    [InlineData("Malten:Chat:MaxWaitingPerStream", "0")]
    [InlineData("Malten:Chat:ContextCharacters", "-1")]
    [InlineData("Malten:Chat:MaxOutputTokens", "99999999999")]
    [InlineData("Malten:Chat:TokensPerDay", "0")]
    [InlineData("Malten:Chat:TokensPerDayPerClient", "-1")]
    [InlineData("Malten:Chat:TokensPerDay", "12287")] // less than one answer may come to
    [InlineData("Malten:Chat:TokensPerDayPerClient", "12287")]
    [InlineData("Malten:Chat:MaxOutputTokens", "1000000")]
    public async Task A_setting_that_makes_no_sense_stops_the_start_by_name(string setting, string value)
    {
        foreach (var key in new[] { FakeProvider.Key, "" })
        {
            if (setting == ChatOptions.ApiKeySetting && key.Length == 0) continue;
            using var host = Build((ChatOptions.ApiKeySetting, key), (setting, value));
            var thrown = await Assert.ThrowsAnyAsync<Exception>(() => host.StartAsync());
            Assert.True(thrown is OptionsValidationException or InvalidOperationException);
            Assert.Contains(setting, thrown.Message, StringComparison.Ordinal);
            if (setting == ChatOptions.ApiKeySetting) Assert.DoesNotContain(value, thrown.ToString(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("  \n")]
    public async Task Without_a_key_there_is_no_responder(string? key)
    {
        using var host = key is null ? Build() : Build((ChatOptions.ApiKeySetting, key));
        await host.StartAsync();
        Assert.Null(host.Services.GetService<ICommandResponder>());
        Assert.Empty(host.Services.GetServices<IHostedService>());
    }

    [Fact]
    public async Task With_a_key_alone_there_is_one_and_the_rest_has_defaults()
    {
        using var host = Build((ChatOptions.ApiKeySetting, FakeProvider.Key + "\n"), (ChatOptions.BaseUrlSetting, " "));
        await host.StartAsync();
        Assert.IsType<ChatResponder>(host.Services.GetService<ICommandResponder>());
        var options = host.Services.GetRequiredService<IOptions<ChatOptions>>().Value;
        Assert.Equal((FakeProvider.Key, "https://api.openai.com/v1"), (options.ApiKey, options.BaseUrl));
        Assert.Equal((60, 8, 1, 64, 8, 8000), (options.TimeLimitSeconds, options.MaxConcurrent,
            options.MaxConcurrentPerStream, options.MaxWaiting, options.MaxWaitingPerStream, options.ContextCharacters));
        Assert.Equal((2_000_000, 400_000, 12_288), (options.TokensPerDay, options.TokensPerDayPerClient, options.LeastTokens));
        Assert.DoesNotContain(FakeProvider.Key, options.ToString()!, StringComparison.Ordinal);
    }

    private static IHost Build(params (string Name, string Value)[] settings)
    {
        // The last of two wins, as in any configuration.
        var distinct = settings.GroupBy(setting => setting.Name).Select(group => group.Last());
        return ChatNode.BuildHost(new FakeTime(), new LogCapture(), distinct);
    }
}
