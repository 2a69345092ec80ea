using Malten.Client;

namespace Malten.Cli.Tests;

/// <summary><c>malten on</c>: a program for each message.</summary>
public sealed class OnTests : CliTests
{
    [Fact]
    public async Task The_text_is_on_standard_input_and_in_no_shell()
    {
        var marker = Path.Combine(Path.GetTempPath(), $"malten-{Guid.NewGuid():N}");
        foreach (var text in new[] { $"$(touch {marker}) `touch {marker}`; touch {marker}\nline two ü" })
            await Client.PostAsync("s", text, new PostOptions { User = $"$(touch {marker[..8]})" });
        var on = await RunAsync("on", "s", "--all", "-n", "1", "--", "cat");
        Assert.Equal($"$(touch {marker}) `touch {marker}`; touch {marker}\nline two ü", on.Done().Output);
        Assert.False(File.Exists(marker));
    }

    [Fact]
    public async Task Who_where_and_when_are_in_the_environment()
    {
        var posted = await Client.PostAsync("s", "hello", new PostOptions { User = "ann" });
        var on = await RunAsync("on", "s", "--all", "-n", "1", "--", "sh", "-c", "echo $MALTEN_USER $MALTEN_STREAM $MALTEN_ID $MALTEN_CREATED; cat");
        Assert.Equal($"ann s {posted.Id} {posted.Created}\nhello", on.Done().Output);
    }

    [Fact]
    public async Task Programs_run_one_after_another_for_each_message_that_comes()
    {
        var on = await ListenAsync("s", "on", "s", "-n", "3", "--", "sh", "-c", "cat; echo");
        for (var i = 0; i < 3; i++) await Client.PostAsync("s", $"{i}");
        await on.EndAsync();
        Assert.Equal("0\n1\n2\n", on.Done().Output);
    }

    [Fact]
    public async Task A_program_that_fails_is_told_of_and_ends_it_only_if_wanted()
    {
        for (var i = 0; i < 2; i++) await Client.PostAsync("s", $"{i}");
        string[] failing = ["sh", "-c", "echo ran; exit 7"];
        var on = await RunAsync(["on", "s", "--all", "-n", "2", "--", .. failing]);
        Assert.Equal("ran\nran\n", on.Done().Output);
        Assert.Contains("code 7", on.Errors, StringComparison.Ordinal);
        on = await RunAsync(["on", "s", "--all", "--stop-on-error", "--", .. failing]);
        Assert.Equal((1, "ran\n"), (on.ExitCode, on.Output));
    }

    [Fact]
    public async Task A_program_need_not_read_and_must_be_there()
    {
        await Client.PostAsync("s", new string('x', 1024));
        (await RunAsync("on", "s", "--all", "-n", "1", "--", "true")).Done();
        var missing = await RunAsync("on", "s", "--all", "-n", "1", "--", "/no/such/program");
        Assert.Equal(2, missing.ExitCode);
        Assert.Contains("/no/such/program", missing.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/no/such/program")]
    [InlineData("/")]
    [InlineData("/etc/passwd")]
    public async Task That_there_is_no_such_program_is_told_before_any_message_comes(string program)
    {
        var on = await RunAsync("on", "s", "--", program);
        Assert.Equal((2, $"malten: There is no program {program}.\n"), (on.ExitCode, on.Errors));
    }

    [Theory]
    [InlineData("", 0, 2)]
    [InlineData("--stop-on-error", 1, 1)]
    public async Task A_program_that_is_gone_later_has_failed(string option, int code, int told)
    {
        for (var i = 0; i < 3; i++) await Client.PostAsync("s", $"{i}");
        var folder = Directory.CreateTempSubdirectory().FullName;
        var on = Use(CliProcess.StartShell(Node.Address,
            $"cd {folder} && printf '#!/bin/sh\ncat; rm once\n' > once && chmod +x once && malten on s --all -n 3 {option} -- ./once"));
        await on.EndAsync();
        Directory.Delete(folder, recursive: true);
        Assert.Equal((code, "0", told), (on.ExitCode, on.Output, on.Errors.Split("malten: ./once can't be run: ").Length - 1));
    }

    [Fact]
    public async Task A_program_named_without_a_path_is_looked_for_in_PATH_alone()
    {
        await Client.PostAsync("s", "hello");
        var folder = Directory.CreateTempSubdirectory().FullName;
        var on = Use(CliProcess.StartShell(Node.Address,
            $"cd {folder} && printf '#!/bin/sh\necho planted\n' > cat && chmod +x cat && cp cat planted && touch plain && "
                + "malten on s --all -n 1 -- cat; malten on s --all -n 1 -- planted; PATH=$PATH:.:$PWD/none:$PWD malten on s --all -n 1 -- planted; "
                + "PATH=$PATH:$PWD malten on s --all -n 1 -- plain"));
        await on.EndAsync();
        Directory.Delete(folder, recursive: true);
        Assert.Equal((2, "helloplanted\n"), (on.ExitCode, on.Output));
        Assert.Equal("malten: There is no program planted in PATH.\nmalten: There is no program plain in PATH.\n", on.Errors);
    }

    [Fact]
    public async Task Ctrl_C_ends_the_program_too()
    {
        await Client.PostAsync("s", "a");
        var on = Use(CliProcess.Start(Node.Address, ["on", "s", "--all", "--", "sh", "-c", "echo $$; exec sleep 600"]));
        await on.PrintsAsync("\n");
        on.Signal(2);
        await on.EndAsync();
        Assert.Equal(130, on.ExitCode);
        Assert.False(Directory.Exists($"/proc/{on.Output.Trim()}"));
    }
}
