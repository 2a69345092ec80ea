using Malten.Cli;

return await CommandLine.RunAsync(args);
