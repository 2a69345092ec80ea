namespace Malten.Client;

/// <summary>Waits until a post that failed, and may pass later, is to be tried again.</summary>
/// <param name="failed">Why it failed.</param>
/// <exception cref="MaltenException">It is given up: usually with <paramref name="failed"/>.</exception>
internal delegate Task PostAgain(MaltenException failed, CancellationToken cancellationToken);

/// <summary>Posts, and posts again as often as the caller wants it to.</summary>
internal static class PostAgainExtensions
{
    /// <param name="again">Null for once.</param>
    /// <param name="post">Has to post the same under the same id each time, so that it is stored once.</param>
    public static async Task<T> RepeatAsync<T>(this PostAgain? again, Func<Task<T>> post, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await post().ConfigureAwait(false);
            }
            catch (MaltenException failed) when (again is not null && failed.MayPass)
            {
                await again(failed, cancellationToken).ConfigureAwait(false);
            }
        }
    }
}
