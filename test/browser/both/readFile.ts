/** Reads a file of the repository, by its path from the root. */
export type ReadFile = (path: string) => Promise<Uint8Array<ArrayBuffer>>
