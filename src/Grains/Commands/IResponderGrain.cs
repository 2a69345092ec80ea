namespace Malten.Grains.Commands;

/// <summary>Answers the commands of one stream; the key is its name.</summary>
[Alias("malten.responder")]
internal interface IResponderGrain : IGrainWithStringKey;
