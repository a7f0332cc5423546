/** The names of resource limits, setrlimit(2): lower case without prefix. */
export const ulimitNames: readonly string[] =
  "as core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack".split(
    " ",
  );
