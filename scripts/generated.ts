/** A generated file: what `npm run gen` writes and `npm run gen -- --check` compares. */
export interface GeneratedFile {
  /** Relative to the root of the repository. */
  readonly path: string
  readonly content: string
}

/** Makes the files of one source; it must not depend on time, environment or the files themselves. */
export type Generator = () => GeneratedFile[] | Promise<GeneratedFile[]>
