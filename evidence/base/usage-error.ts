/** An unknown flag or value on the command line. The message says which one and what is accepted. */
export class UsageError extends Error {}
