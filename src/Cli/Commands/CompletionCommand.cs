using System.CommandLine;

namespace Malten.Cli.Commands;

/// <summary><c>malten completion</c>: the script with which a shell completes command lines, by asking this program.</summary>
internal static class CompletionCommand
{
    public const string Example = "echo 'source <(malten completion bash)' >> ~/.bashrc";

    private const string Bash = """
        _malten() {
          local IFS=$'\n'
          COMPREPLY=($(compgen -W "$(malten "[suggest:$COMP_POINT]" "$COMP_LINE" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}"))
        }
        complete -o default -F _malten malten
        """;

    private const string Zsh = """
        #compdef malten
        _malten() {
          local completions=("${(@f)$(malten "[suggest:$CURSOR]" "$BUFFER" 2>/dev/null)}")
          compadd -a completions
        }
        compdef _malten malten
        """;

    public static System.CommandLine.Command New()
    {
        var shell = new Argument<string>("shell") { Description = "bash or zsh" }.AcceptOnlyFromAmong("bash", "zsh");
        var command = new System.CommandLine.Command("completion", "Print a script for completion in your shell") { shell };
        command.SetAction(line => line.InvocationConfiguration.Output.WriteLine(line.GetRequiredValue(shell) == "bash" ? Bash : Zsh));
        return command;
    }
}
