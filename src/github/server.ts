/** Where GitHub is: github.com, or a GitHub Enterprise Server, by the environment of the job. */

export interface GitHubServer {
  /** `https://github.com`, without a slash at its end. */
  readonly web: string;
  readonly api: string;
  readonly graphql: string;
}

/** The addresses that the runner sets; those of github.com where it sets none. */
export function serverOf(env: NodeJS.ProcessEnv): GitHubServer {
  const api = address(env["GITHUB_API_URL"], "https://api.github.com");
  return {
    web: address(env["GITHUB_SERVER_URL"], "https://github.com"),
    api,
    // A GitHub Enterprise Server has /api/v3 beside /api/graphql.
    graphql: address(env["GITHUB_GRAPHQL_URL"], `${api.replace(/\/v3$/u, "")}/graphql`),
  };
}

/** The page of the run that this job is of; null where the job does not say. */
export function runUrl({ web }: GitHubServer, env: NodeJS.ProcessEnv): string | null {
  const { GITHUB_REPOSITORY: repository = "", GITHUB_RUN_ID: id = "" } = env;
  return /^[\w.-]+\/[\w.-]+$/u.test(repository) && /^\d+$/u.test(id) ? `${web}/${repository}/actions/runs/${id}` : null;
}

function address(text: string | undefined, otherwise: string): string {
  return (text === undefined || text === "" ? otherwise : text).replace(/\/+$/u, "");
}
